// What every page has: the clock of the plant, the theme switch.

/** @param {HTMLElement} element */
function startClock(element) {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: element.dataset.clock, hour: "2-digit", minute: "2-digit" });
  const show = () => {
    element.textContent = format.format(new Date());
    setTimeout(show, 60_000 - (Date.now() % 60_000) + 50);
  };
  show();
}

function toggleTheme() {
  const dark = document.documentElement.dataset.theme === "dark";
  localStorage.setItem("theme", dark ? "light" : "dark");
  dispatchEvent(new Event("taktline:theme"));
}

for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-clock]"))) startClock(element);
for (const button of document.querySelectorAll("[data-theme-toggle]")) button.addEventListener("click", toggleTheme);
