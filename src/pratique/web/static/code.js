// Draws a QR code of the modules that came with it: the page gets bits, an eighth of what a picture would take.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const QUIET_ZONE = 4;

export function drawn(side, cells) {
  const octets = Uint8Array.from(atob(cells), (letter) => letter.charCodeAt(0));
  const dark = (number) => (octets[number >> 3] >> (7 - (number & 7))) & 1;
  let path = "";
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; ) {
      let end = column;
      while (end < side && dark(row * side + end)) end += 1;
      if (end > column) path += `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h${end - column}v1H${column + QUIET_ZONE}z`;
      column = end + 1;
    }
  }
  const svg = document.createElementNS(SVG, "svg");
  const whole = side + 2 * QUIET_ZONE;
  svg.setAttribute("viewBox", `0 0 ${whole} ${whole}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("fill", "#000");
  modules.setAttribute("d", path);
  svg.append(modules);
  return svg;
}
