// A scanner that types: many characters, hardly any time between them, and Enter or Tab at the end. A code goes into the
// form that asks about it, a line of a passport into the field beside it.
"use strict";

{
  const GAP = 60;
  const LEAST = 20;
  let burst = "";
  let last = 0;
  let foreign = false;

  function take(typed, fromElsewhere) {
    const zone = document.getElementById("document");
    if (fromElsewhere) {
      const layout = document.getElementById("layout");
      if (layout) layout.hidden = false;
    } else if (typed.includes("<")) {
      if (zone) zone.value = zone.value ? `${zone.value.trim()}\n${typed}` : typed;
    } else {
      document.getElementById("scan").value = typed;
      document.getElementById("check").requestSubmit();
    }
  }

  function ended(event) {
    const [typed, fromElsewhere] = [burst, foreign];
    [burst, foreign] = ["", false];
    if (typed.length < LEAST) return;
    // its Enter must not press a button, and what it typed into a field comes out again
    event.preventDefault();
    event.stopPropagation();
    const field = document.activeElement;
    if (field && "value" in field && field.value.endsWith(typed)) field.value = field.value.slice(0, -typed.length);
    take(typed, fromElsewhere);
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.timeStamp - last > GAP) {
        burst = "";
        foreign = false;
      }
      last = event.timeStamp;
      if (event.key === "Enter" || event.key === "Tab") {
        ended(event);
      } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
        burst += event.key;
        foreign ||= event.isComposing || event.key > "~";
      }
    },
    true,
  );
  const setUp = () => {
    const ready = document.getElementById("scanner");
    if (ready) ready.hidden = false;
  };
  setUp();
  document.addEventListener("shown", setUp);
}
