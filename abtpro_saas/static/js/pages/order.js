// Beside the funding of an order stands what is known of the chosen markets' own.

function show(form) {
  const chosen = new FormData(form).getAll("market");
  const own = form.elements.funding.value === "market";
  for (const told of form.querySelectorAll("[data-funding-of]")) {
    told.hidden = !own || !chosen.includes(told.dataset.fundingOf);
  }
}

const form = document.getElementById("order");
if (form?.elements.funding) {
  form.addEventListener("change", () => show(form));
  show(form);
}
