// The builder of criteria on a list: groups of conditions, each with the input its operator takes.
// It only edits; the server reads the criteria, says what is wrong and what they find.
import { complain, goTo, isFilled } from "./complaints.js";
import { asker, later } from "./fetching.js";
import { lookup } from "./lookup.js";

const dialog = document.getElementById("criteria");
if (dialog) build(dialog);

function build(dialog) {
  const form = dialog.querySelector("form");
  const place = dialog.querySelector("[data-tree]");
  const said = dialog.querySelector(".builder-said");
  const saving = dialog.querySelector("[data-long]");
  const words = Object.fromEntries(
    [...part("words").querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]),
  );
  const asking = asker();
  const checking = asker();
  const soon = later(() => check(false), 500);
  let offers = null;
  let operands = null;
  let number = 0;
  // While "Show" is answered nothing else is asked: the answer would be lost.
  let isShowing = false;

  for (const opener of document.querySelectorAll("[data-build]")) {
    opener.hidden = false;
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }

  function part(name) {
    return dialog.querySelector(`template[data-part=${name}]`).content.cloneNode(true);
  }

  async function open() {
    if (!dialog.open) dialog.showModal();
    if (offers) return void begin();
    try {
      offers = await asking(`${dialog.dataset.offers}${location.search}`);
    } catch {
      said.textContent = words.failed;
      return;
    }
    operands = new Map(offers.operands.map((one) => [`${one.source}:${one.code}`, one]));
    const tree = offers.tree.how ? offers.tree : { how: "all", parts: [offers.tree] };
    const top = group(tree, true);
    place.replaceChildren(top);
    if (!tree.parts.length) add(top, "condition");
    begin();
    soon();
  }

  // Where one goes on: the value of the first condition, else what it asks. Enter on the first
  // button would close what was just opened.
  function begin() {
    const first = place.querySelector(".condition");
    const value = first?.querySelector(".condition-values :is(input:not([type=hidden]), select)");
    (value || first?.querySelector("[data-operand]") || place.querySelector("[data-how]"))?.focus();
  }

  // Groups

  function group(node, isTop = false) {
    const element = part("group").firstElementChild;
    element.querySelector("[data-how]").value = node.how;
    element.querySelector("[data-remove]").hidden = isTop;
    for (const inner of node.parts) append(element, inner.how ? group(inner) : condition(inner));
    return element;
  }

  function append(element, inner) {
    const item = document.createElement("li");
    item.append(inner);
    const parts = element.querySelector(":scope > .group-parts");
    parts.append(item);
    order(parts);
  }

  // Order

  function tools(item) {
    return item.querySelector(":scope > .condition > .part-tools, :scope > .group > .group-head > .part-tools");
  }

  function order(parts) {
    const alone = parts.children.length < 2;
    for (const item of parts.children) {
      for (const button of tools(item).querySelectorAll("[data-move]")) {
        button.hidden = alone;
        button.disabled = !(button.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling);
      }
    }
  }

  function move(button) {
    const item = button.closest("li");
    const isUp = button.dataset.move === "up";
    const other = isUp ? item.previousElementSibling : item.nextElementSibling;
    // The other one goes round, so that what is typed and chosen in this one stays in focus.
    if (isUp) item.after(other);
    else item.before(other);
    order(item.parentElement);
    const again = button.disabled ? tools(item).querySelector("[data-move]:not(:disabled)") : button;
    again.focus();
    item.scrollIntoView({ block: "nearest" });
    soon();
  }

  function add(element, kind) {
    const made = kind === "group" ? group({ how: "any", parts: [] }) : condition(null);
    if (kind === "group") append(made, condition(null));
    append(element, made);
    made.querySelector("[data-how], [data-operand]").focus();
  }

  function remove(button) {
    const item = button.closest("li");
    const holder = item.parentElement.closest(".group");
    const next = item.nextElementSibling || item.previousElementSibling;
    item.remove();
    order(holder.querySelector(":scope > .group-parts"));
    (next?.querySelector("[data-operand], [data-how]") || holder.querySelector(":scope > .toolbar [data-add]")).focus();
    soon();
  }

  // Conditions

  function condition(node) {
    const element = part("condition").firstElementChild;
    const choice = element.querySelector("[data-operand]");
    for (const one of offers.operands) {
      const option = new Option(one.title, `${one.source}:${one.code}`);
      choice.querySelector(`[data-source=${one.source}]`).append(option);
    }
    if (node) {
      const key = `${node.source}:${node.code}`;
      // What is gone with its plugin stays in sight, so that a person can remove it.
      if (!operands.has(key)) choice.append(new Option(`«${node.code}»`, key));
      choice.value = key;
      element.gone = operands.has(key) ? null : node;
      ask(element, node);
      if (node.problem) complain(element, node.problem);
    } else {
      element.querySelector("[data-op]").hidden = true;
    }
    return element;
  }

  function ask(element, node) {
    const operand = operands.get(element.querySelector("[data-operand]").value);
    const op = element.querySelector("[data-op]");
    const given = element.querySelector(".condition-given");
    const help = element.querySelector("[data-help]");
    op.hidden = !operand;
    given.replaceChildren();
    help.hidden = !operand?.help;
    help.textContent = operand?.help || "";
    if (!operand) {
      op.replaceChildren();
      element.querySelector(".condition-values").replaceChildren();
      return;
    }
    op.replaceChildren(...operand.operators.map(([code, title]) => new Option(title, code)));
    const isKnown = node && operand.operators.some(([code]) => code === node.op);
    op.value = isKnown ? node.op : operand.begin;
    for (const one of operand.parameters) {
      const label = document.createElement("label");
      label.dataset.parameter = one.code;
      const input = control(one.input, node?.given[one.code] ?? one.value, {}, one.title);
      label.append(`${one.title} `, input);
      given.append(label);
    }
    value(element, node);
  }

  function takes(element) {
    const operand = operands.get(element.querySelector("[data-operand]").value);
    const op = element.querySelector("[data-op]").value;
    return operand?.operators.find(([code]) => code === op)?.[2];
  }

  function value(element, node) {
    const operand = operands.get(element.querySelector("[data-operand]").value);
    const held = element.querySelector(".condition-values");
    const how = takes(element);
    const values = node?.values.length ? node.values : [""];
    const names = node?.names || {};
    held.replaceChildren();
    held.dataset.takes = how;
    if (how === "nothing") return;
    if (how === "days") {
      held.append(control({ widget: "number", options: [] }, values[0], {}, words.days), ` ${words.days}`);
    } else if (how === "period") {
      held.append(control({ widget: "select", options: offers.periods, must: true }, values[0], {}, words.value));
    } else if (how === "text") {
      held.append(control({ widget: "text", options: [] }, values[0], {}, words.value));
    } else if (how === "values" && operand.input.options.length) {
      held.append(ticks(operand.input.options, values));
    } else if (how === "values") {
      for (const one of values) held.append(entry(operand, one, names));
      const more = document.createElement("button");
      more.type = "button";
      more.className = "btn btn-small btn-quiet";
      more.textContent = `+ ${words.further}`;
      more.addEventListener("click", () => {
        const made = entry(operand, "", {});
        more.before(made);
        made.querySelector("input:not([type=hidden])").focus();
      });
      held.append(more);
    } else {
      held.append(control(operand.input, values[0], names, words.value));
      if (operand.unit) held.append(` ${operand.unit}`);
    }
  }

  function entry(operand, one, names) {
    const made = document.createElement("span");
    made.className = "entry";
    made.append(control(operand.input, one, names, words.value));
    return made;
  }

  function ticks(options, values) {
    const box = document.createElement("span");
    box.className = "ticks";
    box.role = "group";
    box.ariaLabel = words.value;
    for (const [code, title] of options) {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.type = "checkbox";
      input.value = code;
      input.checked = values.includes(code);
      input.dataset.value = "";
      label.className = "tick";
      label.append(input, ` ${title}`);
      box.append(label);
    }
    return box;
  }

  function control(input, text, names, label) {
    if (input.lookup) {
      const box = part("lookup").firstElementChild;
      const [hidden, shown] = box.querySelectorAll("input");
      box.dataset.lookup = input.lookup;
      hidden.value = text;
      hidden.dataset.value = "";
      shown.id = `criteria-${++number}`;
      shown.value = text ? names[text] || text : "";
      shown.defaultValue = shown.value;
      shown.ariaLabel = label;
      shown.setAttribute("aria-label", label);
      box.querySelector(".lookup-clear").hidden = !text;
      lookup(box);
      return box;
    }
    let made;
    if (input.options.length) {
      made = document.createElement("select");
      if (!text && !input.must) made.append(new Option("", ""));
      made.append(...input.options.map(([code, title]) => new Option(title, code)));
      if (text) made.value = text;
    } else {
      made = document.createElement("input");
      made.autocomplete = "off";
      const types = { date: "date", datetime: "datetime-local" };
      made.type = types[input.widget] || "text";
      if (input.widget === "number") made.inputMode = "decimal";
      made.value = text;
    }
    made.dataset.value = "";
    made.setAttribute("aria-label", label);
    return made;
  }

  // Reading what was built

  function read(element, path, found) {
    found.set(path, element);
    if (element.matches(".group")) {
      const how = element.querySelector("[data-how]").value;
      const parts = [...element.querySelectorAll(":scope > .group-parts > li > *")];
      // A condition that was not begun asks nothing.
      const begun = parts.filter((one) => one.matches(".group") || one.querySelector("[data-operand]").value);
      return { [how]: begun.map((one, place) => read(one, `${path}.${how}[${place}]`, found)) };
    }
    const [source, code] = element.querySelector("[data-operand]").value.split(":");
    const kept = element.gone && element.gone.code === code ? element.gone : null;
    if (kept) return { [source]: code, op: kept.op, value: kept.values };
    const node = { [source]: code };
    const given = [...element.querySelectorAll("[data-parameter]")];
    if (given.length) {
      node.with = Object.fromEntries(given.map((one) => [one.dataset.parameter, texts(one)[0]]));
    }
    node.op = element.querySelector("[data-op]").value;
    const values = texts(element.querySelector(".condition-values"));
    const how = takes(element);
    if (how === "values") node.value = values.filter((one) => one.trim());
    else if (how !== "nothing") node.value = values[0] ?? "";
    return node;
  }

  function texts(holder) {
    return [...holder.querySelectorAll("[data-value]")]
      .filter((one) => one.type !== "checkbox" || one.checked)
      .map((one) => one.value);
  }

  async function check(loud) {
    const top = place.firstElementChild;
    if (!top || (isShowing && !loud)) return null;
    isShowing = loud;
    const found = new Map();
    const tree = read(top, "tree", found);
    const typed = JSON.stringify({ version: 1, tree });
    let answer;
    try {
      // Not in the address: criteria are longer than addresses may be.
      answer = await checking(dialog.dataset.check, "json", { typed });
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = words.failed;
      return null;
    } finally {
      if (loud) isShowing = false;
    }
    saving.hidden = !answer.is_long;
    saving.elements.criteria.value = answer.is_long ? typed : "";
    const wrong = new Map();
    for (const [path, text] of Object.entries(answer.errors || {})) {
      // A sentence about a value stands at its condition.
      const near = [...found.keys()].filter((one) => path.startsWith(one)).sort((a, b) => b.length - a.length)[0];
      const element = found.get(near || "tree");
      if (loud || isFilled(element) || element.matches(".has-error")) wrong.set(element, text);
    }
    for (const element of found.values()) complain(element, wrong.get(element) || "");
    if (!answer.errors) {
      said.textContent = answer.c || answer.is_long ? `${answer.words}: ${answer.found}` : answer.found;
      return answer;
    }
    said.textContent = wrong.size ? words.wrong : "";
    if (loud) goTo([...wrong.keys()][0]);
    return null;
  }

  // What a person does

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await check(true);
    if (!answer) return;
    if (answer.is_long) {
      saving.elements.name.focus();
      return;
    }
    const address = new URLSearchParams(location.search);
    for (const name of ["c", "f", "ff", "fo", "fv", "pending", "after", "before", "last"]) address.delete(name);
    if (answer.c) address.set("c", answer.c);
    else address.set("view", "0");
    location.href = `${dialog.dataset.list}?${address}`;
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.add) add(button.closest(".group"), button.dataset.add);
    else if (button.matches("[data-remove]")) remove(button);
    else if (button.matches("[data-move]")) move(button);
    else if (button.matches("[data-give-up]")) dialog.close();
    else if (button.matches("[data-count]")) check(true);
    else if (button.matches("[data-empty]")) {
      place.replaceChildren(group({ how: "all", parts: [] }, true));
      add(place.firstElementChild, "condition");
      soon();
    }
  });
  form.addEventListener("change", (event) => {
    const element = event.target.closest(".condition");
    if (event.target.matches("[data-operand]")) {
      complain(element, "");
      ask(element, null);
    } else if (event.target.matches("[data-op]")) {
      const before = texts(element.querySelector(".condition-values"));
      const was = element.querySelector(".condition-values").dataset.takes;
      value(element, was === takes(element) ? { values: before, names: namesOf(element) } : null);
    }
    soon();
  });

  function namesOf(element) {
    return Object.fromEntries(
      [...element.querySelectorAll(".condition-values .lookup")].map((box) => {
        const [hidden, shown] = box.querySelectorAll("input");
        return [hidden.value, shown.value];
      }),
    );
  }
}
