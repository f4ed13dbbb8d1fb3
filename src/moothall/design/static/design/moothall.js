// Turns on the components' enhancements. Everything works without this file.
document.documentElement.classList.add("js-enabled");
document.body.classList.add("js-enabled", "govuk-frontend-supported");
const { initAll } = await import("./govuk-frontend.min.js");
initAll();
// A form shown again from the browser's memory may be older than the answers we hold.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-draft]")) location.reload();
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
// The one-screen form: once an option is picked, what depends on it appears without "Update".
// What is being typed stays: only the blocks are replaced, and never while a file is chosen.
for (const form of document.querySelectorAll("form[data-live]")) {
  let newest = 0;
  // One after the other: two at once could reach the server in the wrong order.
  let before = Promise.resolve();
  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=radio], input[type=checkbox], select")) return;
    const mine = ++newest;
    before = before.then(() => update(form, () => mine === newest)).catch(() => {});
  });
}
async function update(form, isNewest) {
  const blocks = form.querySelector("[data-live-blocks]");
  const files = [...form.querySelectorAll("input[type=file]")];
  if (!blocks || !isNewest() || files.some((input) => input.files.length)) return;
  const data = new FormData(form);
  for (const input of files) data.delete(input.name);
  data.set("do", "look");
  const answer = await fetch(form.action || location.href, { method: "POST", body: data });
  if (!answer.ok || !isNewest() || files.some((input) => input.files.length)) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("form[data-live] [data-live-blocks]");
  if (!fresh) return;
  const focused = document.activeElement && document.activeElement.id;
  const typed = new FormData(form);
  blocks.replaceChildren(...fresh.childNodes);
  // Whatever stands on the screen stays there, typed before the update or while it was on its way.
  for (const input of blocks.querySelectorAll("input[type=text], input[type=email], input[type=tel], textarea")) {
    if (typed.get(input.name)) input.value = typed.get(input.name);
  }
  initAll({ scope: blocks });
  if (focused) document.getElementById(focused)?.focus();
}
