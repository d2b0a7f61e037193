// What an order offers follows what is chosen in it: time frames and days that there are of
// its markets, the terms of a perpetual contract, and what is known of their funding.

const PERCENT_MODELS = ["fixed", "spread"];
const [USUAL_FRAME, USUAL_PERCENT, USUAL_FACTOR] = ["1h", "0.05", "0.1"];

function chosen(form) {
  return [...form.querySelectorAll("option[data-days]:checked, input[data-days]:checked")];
}

// First and last day of such candles: of the longest of which a whole number make one.
function daysOf(market, step) {
  const days = JSON.parse(market.dataset.days);
  const makers = Object.keys(days).filter((each) => step % Number(each) === 0);
  return days[Math.max(...makers.map(Number))];
}

function offer(form) {
  const markets = chosen(form);
  const frames = [...form.elements.timeframe.options];
  for (const each of frames) {
    const made = markets.every((market) => daysOf(market, Number(each.dataset.step)));
    each.hidden = each.disabled = !made && !each.selected;
  }
  return frames.filter((each) => !each.disabled);
}

function chooseFrame(form) {
  const frame = form.elements.timeframe;
  const made = offer(form).filter((each) =>
    chosen(form).every((market) => daysOf(market, Number(each.dataset.step))),
  );
  if (made.length && !made.some((each) => each.selected)) {
    const steps = chosen(form).flatMap((market) => Object.keys(JSON.parse(market.dataset.days)));
    const own = made.filter((each) => steps.includes(each.dataset.step));
    const usual = made.find((each) => each.value === USUAL_FRAME);
    frame.value = (usual ?? own.at(-1) ?? made[0]).value;
  }
  offer(form);
}

// Days outside of what there is give way to the last whole year, else to all there is.
function chooseDays(form) {
  const step = Number(form.elements.timeframe.selectedOptions[0]?.dataset.step);
  const spans = chosen(form).map((market) => daysOf(market, step));
  if (!spans.length || spans.includes(undefined)) return;
  const first = spans.map((each) => each[0]).sort().at(-1);
  const last = spans.map((each) => each[1]).sort()[0];
  const { start_date: start, end_date: end } = form.elements;
  const within = (day) => !day || (day >= first && day <= last);
  if (first > last || (within(start.value) && within(end.value))) return;
  const year = Number(last.slice(0, 4)) - (last.endsWith("-12-31") ? 0 : 1);
  const whole = first <= `${year}-01-01`;
  start.value = whole ? `${year}-01-01` : first;
  end.value = whole ? `${year}-12-31` : last;
}

// Markets named as perpetual contracts propose their terms, unless others were chosen.
function propose(form) {
  const { contract, fees } = form.elements;
  const markets = chosen(form);
  const now = markets.length > 0 && markets.every((each) => each.value.includes(":"));
  const before = form.dataset.perpetual === "yes";
  form.dataset.perpetual = now ? "yes" : "no";
  if (now === before || !contract.dataset.takes) return;
  if (contract.checked === before) contract.checked = now;
  contract.closest("details").open ||= now;
  const [spot, futures] = form.querySelector("[data-fees]").dataset.fees.split(" ");
  if (fees.value === (before ? futures : spot)) fees.value = now ? futures : spot;
}

function slip(form) {
  const { slippage_model: model, slippage_value: value } = form.elements;
  value.disabled = model.value === "none";
  if (value.disabled) value.value = "";
  else value.value ||= PERCENT_MODELS.includes(model.value) ? USUAL_PERCENT : USUAL_FACTOR;
}

function tellFunding(form) {
  const markets = chosen(form).map((each) => each.value);
  const own = form.elements.funding.value === "market";
  for (const told of form.querySelectorAll("[data-funding-of]")) {
    told.hidden = !own || !markets.includes(told.dataset.fundingOf);
  }
}

function follow(form, changed) {
  if (changed === "market") {
    chooseFrame(form);
    propose(form);
  }
  if (["market", "timeframe"].includes(changed)) chooseDays(form);
  if (changed === "slippage_model") slip(form);
  tellFunding(form);
}

const form = document.getElementById("order");
if (form?.elements.funding) {
  form.addEventListener("change", (event) => follow(form, event.target.name));
  const { contract } = form.elements;
  const markets = chosen(form);
  const perpetual = markets.length > 0 && markets.every((each) => each.value.includes(":"));
  form.dataset.perpetual = perpetual && contract.checked ? "yes" : "no";
  offer(form);
  tellFunding(form);
  form.elements.slippage_value.disabled = form.elements.slippage_model.value === "none";
}
