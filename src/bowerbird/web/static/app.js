// What every page has: the keys, the theme switch, menus, the help dialog. Pages work without it.
import "./keys.js";
import "./theme.js";

document.documentElement.classList.add("js");

for (const opener of document.querySelectorAll("[data-open]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.open).showModal());
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
