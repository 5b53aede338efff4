// The wizard of imports: a file is dropped or chosen, choices show at once, long work is followed.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".ei-drop");
  const wrong = form.querySelector("[data-wrong]");
  const sending = form.querySelector("[data-sending]");

  const refuse = (sentence) => {
    wrong.textContent = sentence;
    wrong.hidden = false;
    input.value = "";
  };
  const send = () => {
    wrong.hidden = true;
    if (!input.files.length) return;
    if (input.files[0].size > Number(form.dataset.most) * 1024 * 1024) return refuse(form.dataset.tooLarge);
    form.requestSubmit();
  };
  form.addEventListener("submit", (event) => {
    // Sent once, however often the button is pressed.
    if (!sending.hidden) return event.preventDefault();
    sending.hidden = false;
    drop.hidden = true;
  });
  input.addEventListener("change", send);
  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    const files = event.dataTransfer.files;
    if (files.length > 1) return refuse(form.dataset.one);
    input.files = files;
    send();
  });
  // A file dropped beside the box would be opened instead of the page.
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => event.preventDefault());
  }
  addEventListener("pageshow", () => {
    sending.hidden = true;
    drop.hidden = false;
  });
}

for (const select of document.querySelectorAll("select[data-ei-again]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

for (const form of document.querySelectorAll("form[data-ei-columns]")) {
  form.addEventListener("change", (event) => {
    const row = event.target.closest("tr");
    if (!row) return;
    const used = event.target.value !== "";
    const shown = document.getElementById(used ? "ei-chosen" : "ei-unused").content.cloneNode(true);
    row.querySelector(".ei-sure").replaceChildren(shown);
    row.classList.toggle("is-unused", !used);
  });
}

// What is decided about a row is kept at once; without this the button Save does it.
for (const form of document.querySelectorAll("form[data-ei-held]")) {
  const said = form.querySelector("[data-said]");
  const start = document.querySelector("[data-ei-import]");
  const save = async () => {
    const sent = new FormData(form);
    sent.append("quiet", "1");
    let answer;
    try {
      const response = await fetch(form.action, { method: "POST", body: sent });
      answer = response.ok && !response.redirected ? await response.json() : { wrong: form.dataset.failed };
    } catch {
      answer = { wrong: form.dataset.failed };
    }
    said.textContent = answer.wrong || answer.said;
    said.classList.toggle("error", Boolean(answer.wrong));
    if (answer.wrong || !start) return;
    start.querySelector("span").textContent = answer.button;
    start.hidden = !answer.writes;
  };
  // One after the other: an older answer must not go over a newer one.
  let saved = Promise.resolve();
  form.addEventListener("change", () => {
    saved = saved.then(save);
  });
}

// Whoever cancels the work comes back to the wizard, not to the page of the job.
document.addEventListener("submit", (event) => {
  const follower = event.target.closest("[data-ei-follow]");
  if (!follower || event.target.elements.next) return;
  const next = document.createElement("input");
  next.type = "hidden";
  next.name = "next";
  next.value = follower.dataset.eiFollow;
  event.target.append(next);
});

document.addEventListener("jobs-over", (event) => {
  const follower = event.target.closest("[data-ei-follow]");
  if (follower) location.replace(follower.dataset.eiFollow);
});
