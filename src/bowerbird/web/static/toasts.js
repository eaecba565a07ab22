// Notices of what has just been done. They go by themselves, but not while somebody looks at them.
const SHOWN_MS = 8000;
const place = document.querySelector(".toasts");

export function toast(words, link = null) {
  const note = Object.assign(document.createElement("div"), { className: "toast" });
  note.append(Object.assign(document.createElement("p"), { textContent: words }));
  if (link) note.append(Object.assign(document.createElement("a"), { className: "button", href: link.href, textContent: link.title }));
  place.append(note);
  leaveInTime(note);
}

function leaveInTime(note) {
  let timer = setTimeout(() => note.remove(), SHOWN_MS);
  const stay = () => clearTimeout(timer);
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(() => note.remove(), SHOWN_MS / 2);
  };
  note.addEventListener("pointerenter", stay);
  note.addEventListener("pointerleave", leave);
  note.addEventListener("focusin", stay);
  note.addEventListener("focusout", leave);
}

// A notice that the server has written, from this page or another.
export function adopt(note) {
  for (const before of place.querySelectorAll("[data-toast]")) if (before !== note) before.remove();
  place.append(note);
  note.querySelector("[data-close-toast]").addEventListener("click", () => note.remove());
  leaveInTime(note);
}

for (const note of place.querySelectorAll("[data-toast]")) {
  adopt(note);
  // What was done is not done again when the page is loaded again.
  const here = new URL(location.href);
  for (const name of [...here.searchParams.keys()]) if (name.startsWith("done")) here.searchParams.delete(name);
  history.replaceState(null, "", here);
}
