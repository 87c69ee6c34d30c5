// Sets the theme before the first paint: a plain script, because a module would run too late.
// The admin pages' own switch keeps its choice under the same name, and writes "auto" where we say what that means.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem("theme");
    const theme = chosen === "dark" || chosen === "light" ? chosen : system.matches ? "dark" : "light";
    if (root.dataset.theme !== theme) root.dataset.theme = theme;
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("taktline:theme", apply);
  new MutationObserver(apply).observe(root, { attributeFilter: ["data-theme"] });
})();
