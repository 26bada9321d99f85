// Reads the answers out once, in their order, and gives the officer two keys. The page clears itself without this.
"use strict";

{
  const announce = () => {
    const answers = document.getElementById("answers");
    if (answers) document.getElementById("announced").textContent = answers.dataset.announced;
  };

  // F8 and F9 are the officer's keys; letters would be pressed by scanners that type
  document.addEventListener("keydown", (event) => {
    if (event.key === "F8") document.getElementById("same")?.click();
    if (event.key === "F9") document.getElementById("next-scan")?.click();
  });
  announce();
  document.addEventListener("shown", announce);
}
