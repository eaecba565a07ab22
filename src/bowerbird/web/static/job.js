// A job's page while it runs: numbers, words and pages as server-sent events; the rest of the page when it has ended.
const SHOWN = 60;
const MAP_EVERY_MS = 4000;
const job = document.getElementById("job");

function show(progress) {
  for (const [name, words] of Object.entries(progress.words)) {
    const place = job.querySelector(`[data-live="${name}"]`);
    if (place && place.textContent !== words) place.textContent = words;
  }
  const bar = job.querySelector("[data-live-progress]");
  if (bar && progress.share !== null) bar.value = progress.share;
  // The end is shown by the whole page, so that who waits for it finds all of it.
  if (!progress.ended) showState(progress.state);
}

function showState(state) {
  const chip = job.querySelector("[data-status]");
  if (chip.dataset.status === state.name) return;
  chip.dataset.status = state.name;
  chip.className = `chip ${state.tone}`;
  chip.querySelector("[data-live='state']").textContent = state.title;
  const picture = chip.querySelector("use");
  picture.setAttribute("href", picture.getAttribute("href").replace(/#.*/, `#${state.icon}`));
}

function add(lines) {
  const list = job.querySelector("[data-urls]");
  const model = document.getElementById("url-line").content;
  list.querySelector("[data-none]")?.remove();
  for (const line of lines) {
    const item = model.cloneNode(true);
    const slot = (name) => item.querySelector(`[data-slot="${name}"]`);
    slot("outcome").textContent = line.title;
    slot("outcome").parentElement.classList.add(line.outcome);
    slot("url").textContent = line.words;
    if (line.href) slot("url").href = line.href;
    if (line.detail) slot("url").title = line.detail;
    slot("size").textContent = line.size;
    list.prepend(item);
  }
  while (list.children.length > SHOWN) list.lastElementChild.remove();
}

async function fresh() {
  const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("job");
}

async function redrawMap() {
  if (document.hidden) return;
  const next = await fresh();
  for (const name of ["reasons", "map"]) {
    const old = job.querySelector(`section[aria-labelledby="${name}"]`);
    const now = next?.querySelector(`section[aria-labelledby="${name}"]`);
    if (now && old && !old.contains(document.activeElement)) old.replaceWith(now);
    else if (now && !old) job.querySelector(".columns").before(now);
  }
}

async function finish() {
  const next = await fresh();
  if (!next) return;
  const focused = document.activeElement?.getAttribute("href");
  job.replaceChildren(...next.childNodes);
  if (focused) job.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  document.title = document.title.replace(/^[^:]+/, job.querySelector("[data-live='state']").textContent);
}

if (job.dataset.events) {
  const after = job.querySelector("[data-urls]").dataset.after;
  const stream = new EventSource(`${job.dataset.events}?after=${encodeURIComponent(after)}`);
  const redraw = setInterval(redrawMap, MAP_EVERY_MS);
  stream.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("pages", (event) => add(JSON.parse(event.data)));
  stream.addEventListener("end", () => {
    stream.close();
    clearInterval(redraw);
    finish();
  });
}
