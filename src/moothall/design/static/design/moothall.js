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
