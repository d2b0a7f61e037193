// Changes the theme at once and tells the server, which renders the next page in it; so
// nothing flashes and no script has to run before the first paint.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  const choice = body.get("theme");
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  for (const button of document.querySelectorAll("[data-theme-form] [name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === choice));
  }
  form.closest("details")?.removeAttribute("open");
  document.dispatchEvent(new CustomEvent("theme:change", { detail: choice }));
  await fetch(form.action, { method: "POST", body, redirect: "manual" });
});
