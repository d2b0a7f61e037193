// Small manners: menus close, dialogs open, secrets copy, forms are sent once.

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const opener = event.target.closest("[data-dialog]");
  if (opener) openDialog(document.getElementById(opener.dataset.dialog));
  const closer = event.target.closest("[data-close]");
  if (closer) (closer.closest("dialog")?.close(), closer.closest(".toast")?.remove());
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
  if (event.target.closest("[data-print]")) print();
});

// A group of fields is marked too, but only a field takes the focus.
function firstWrong(part) {
  const fields = ["input", "select", "textarea", "fieldset"];
  const marked = fields.map((name) => `${name}[aria-invalid=true]`).join();
  const found = part.querySelector(marked);
  return found?.matches("fieldset") ? found.querySelector("input") : found;
}

// The first thing to fill in, or to mend, has the focus; closing gives it back.
function openDialog(dialog) {
  if (!dialog) return;
  dialog.showModal();
  (firstWrong(dialog) ?? dialog.querySelector(".field .input"))?.focus();
}

// A refused form begins with the first thing to mend.
firstWrong(document)?.focus();

// A refused dialog comes back open, but only a script can lift it above the page.
for (const dialog of document.querySelectorAll("dialog[open]")) {
  dialog.removeAttribute("open");
  openDialog(dialog);
  const opener = document.querySelector(`[data-dialog="${CSS.escape(dialog.id)}"]`);
  dialog.addEventListener("close", () => opener?.focus(), { once: true });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details.menu[open] > summary");
    closeMenus(null);
    open?.focus();
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    const search = document.querySelector("[data-search]");
    if (search) (event.preventDefault(), search.focus());
  }
});

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    tell(button, button.dataset.copied);
  } catch {
    // Without permission (or over plain http) the text is at least selected.
    getSelection().selectAllChildren(source);
    tell(button, button.dataset.select);
  }
}

function tell(button, words) {
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  if (before === words) return;
  label.textContent = words;
  setTimeout(() => (label.textContent = before), 2500);
}

// A confirming name must be typed before its button wakes.
document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-must-equal]");
  if (!field) return;
  const button = field.form.querySelector("[type=submit]");
  button.disabled = field.value.trim() !== field.dataset.mustEqual;
});

// A preset writes its amount into the field; the field unchecks a preset.
document.addEventListener("change", (event) => {
  const preset = event.target.closest("[data-fills]");
  if (preset) document.getElementById(preset.dataset.fills).value = preset.value;
  if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
});
document.addEventListener("input", (event) => {
  if (!event.target.id) return;
  const presets = document.querySelectorAll(`[data-fills="${CSS.escape(event.target.id)}"]`);
  for (const preset of presets) preset.checked = preset.value === event.target.value;
});

// The field of a file says which one was chosen.
document.addEventListener("change", (event) => {
  const said = document.querySelector(`[data-file-name="${CSS.escape(event.target.id)}"]`);
  if (!said) return;
  said.dataset.none ??= said.textContent;
  said.textContent = event.target.files[0]?.name ?? said.dataset.none;
});

// One press, one request: the second press of a slow form is ignored.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (form.classList.contains("sending")) return event.preventDefault();
  if (form.method === "post" && !form.hasAttribute("data-theme-form")) {
    form.classList.add("sending");
    setTimeout(() => form.classList.remove("sending"), 10_000);
  }
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form.sending").forEach((form) => form.classList.remove("sending"));
});

for (const toast of document.querySelectorAll(".toasts .toast")) {
  setTimeout(() => toast.remove(), 8000);
}
