// What every page has: keys, palette, bell, notices, tables, menus, dialogs, copying. Pages work without it.
import "./bell.js";
import "./keys.js";
import "./palette.js";
import "./table.js";
import "./theme.js";
import { toast } from "./toasts.js";

document.documentElement.classList.add("js");

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    opener.closest("details.menu")?.removeAttribute("open");
    document.getElementById(opener.dataset.open).showModal();
    return;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    toast(copy.dataset.copied ?? "Copied");
  }
  const link = event.target.closest("[data-copy-link]");
  if (link) {
    await navigator.clipboard.writeText(new URL(link.dataset.copyLink, location.href).href);
    toast("Copied");
  }
});

// Browsers that do not know `command` yet.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  for (const opener of document.querySelectorAll("[commandfor]")) {
    opener.addEventListener("click", () => document.getElementById(opener.getAttribute("commandfor")).showModal());
  }
}

// A click beside a dialog closes it.
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

for (const form of document.querySelectorAll("[data-schedule]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// A question is sent with Enter; Shift+Enter makes a new line.
for (const form of document.querySelectorAll("[data-composer]")) {
  form.elements.query.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}
