// Ctrl-K: pages, jobs, conversations, things, or a search; all by one field. Without a script the search page does it.
const dialog = document.getElementById("palette"); // not there while nobody is signed in
const field = dialog?.querySelector("input");
const list = document.getElementById("palette-list");
const WAIT_MS = 120;
let request;
let waiting;
let moved = false; // somebody chose by the arrows since they last typed

export function openPalette() {
  if (!dialog || dialog.open) return;
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  dialog.showModal();
  field.select();
  moved = false;
  fill();
}

function option(item, number) {
  const link = Object.assign(document.createElement("a"), { id: `palette-${number}`, href: item.href, tabIndex: -1 });
  link.setAttribute("role", "option");
  const icon = document.querySelector("svg.icon").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${item.icon}`));
  icon.setAttribute("aria-hidden", "true");
  const title = Object.assign(document.createElement("span"), { className: "clip", textContent: item.title });
  const words = Object.assign(document.createElement("span"), { className: "small quiet clip", textContent: item.words });
  link.append(icon, title, words);
  return link;
}

async function fill() {
  request?.abort();
  request = new AbortController();
  const typed = field.value;
  try {
    const answer = await fetch(`${dialog.dataset.source}?q=${encodeURIComponent(typed.trim())}`, { signal: request.signal });
    if (!answer.ok) return;
    show((await answer.json()).groups);
    list.dataset.for = typed;
  } catch (error) {
    if (error.name !== "AbortError") list.replaceChildren();
  }
}

// A list that comes late leaves the choice where it was put, if what was chosen is in it.
function show(groups) {
  const kept = moved ? chosen()?.href : undefined;
  let number = 0;
  list.replaceChildren(
    ...groups.map((group) => {
      const part = document.createElement("div");
      part.setAttribute("role", "group");
      part.setAttribute("aria-label", group.title);
      const title = Object.assign(document.createElement("p"), { className: "group small quiet", textContent: group.title });
      title.setAttribute("aria-hidden", "true");
      part.append(title, ...group.items.map((item) => option(item, number++)));
      return part;
    }),
  );
  const place = options().findIndex((one) => one.href === kept);
  moved = place >= 0;
  choose(Math.max(place, 0));
}

function options() {
  return [...list.querySelectorAll("[role='option']")];
}

function chosen() {
  return list.querySelector("[aria-selected='true']");
}

function choose(number) {
  const all = options();
  const next = all[(number + all.length) % all.length];
  for (const one of all) one.setAttribute("aria-selected", String(one === next));
  if (!next) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

function move(step) {
  moved = true;
  choose(options().indexOf(chosen()) + step);
}

field?.addEventListener("input", () => {
  moved = false;
  clearTimeout(waiting);
  waiting = setTimeout(fill, WAIT_MS);
});

field?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Escape") dialog.close(); // a search field would first be emptied by it
  else return;
  event.preventDefault();
});

// What was typed may be newer than what is listed: then it is searched for, unless something listed was chosen since.
dialog?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  if (chosen() && (moved || list.dataset.for === field.value)) location.assign(chosen().href);
  else if (field.value.trim()) location.assign(`/knowledge/explorer?search=${encodeURIComponent(field.value.trim())}`);
});

for (const opener of document.querySelectorAll("[data-palette]")) opener.addEventListener("click", openPalette);
