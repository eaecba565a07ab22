// The theme changes at once; the server keeps it in a cookie, so that no page is ever drawn in the wrong one first.
for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = event.submitter?.value ?? "auto";
    if (chosen === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === chosen));
    form.closest("details").open = false;
    form.closest("details").querySelector("summary").focus();
    const body = new URLSearchParams({ theme: chosen, back: "/" });
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
  });
}
