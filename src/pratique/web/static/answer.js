// Reads the answers out once, in their order, gives the officer two keys, and asks once where neither answer was pressed
// before the next person. The page clears itself without this.
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
  document.addEventListener(
    "click",
    (event) => {
      const asked = document.getElementById("undecided");
      if (!asked?.hidden || !event.target.closest("#next-scan")) return;
      event.preventDefault();
      event.stopPropagation();
      asked.hidden = false;
    },
    true,
  );
  announce();
  document.addEventListener("shown", announce);
}
