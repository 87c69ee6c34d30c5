// The page for whoever keeps the site running: fetches itself anew every few seconds and takes over what has changed.

const EVERY_MS = 5000;

const updated = document.querySelector("[data-updated]");

/** @param {string} text */
function say(text) {
  if (updated && updated.textContent !== text) updated.textContent = text;
}

/**
 * Takes over a part; what is folded out stays so, and a part in which somebody is at work is left alone.
 * @param {Element} part
 * @param {Element} fresh
 */
function takeOver(part, fresh) {
  if (part.isEqualNode(fresh) || part.contains(document.activeElement)) return;
  for (const details of fresh.querySelectorAll("details[data-details]")) {
    const name = /** @type {HTMLElement} */ (details).dataset.details;
    details.toggleAttribute("open", part.querySelector(`details[data-details="${name}"]`)?.hasAttribute("open") ?? false);
  }
  part.className = fresh.className;
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
}

/** @param {Document} page */
function show(page) {
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.querySelector(`[data-fresh="${/** @type {HTMLElement} */ (part).dataset.fresh}"]`);
    if (fresh) takeOver(part, fresh);
  }
  const form = document.querySelector("[data-open-circuit]");
  form?.toggleAttribute("hidden", page.querySelector("[data-open-circuit]")?.hasAttribute("hidden") ?? true);
  say(page.querySelector("[data-updated]")?.textContent ?? "");
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(4 * EVERY_MS) });
    // Redirected to the login: the session has ended.
    if (answer.redirected) location.reload();
    else if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    else say(`The site answers ${answer.status}; trying again`);
  } catch {
    say("The site does not answer; trying again");
  }
}

async function again() {
  await refresh();
  setTimeout(again, EVERY_MS);
}

document.addEventListener("visibilitychange", refresh);
setTimeout(again, EVERY_MS);
