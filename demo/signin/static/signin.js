// Narrows the list while one types. Without JavaScript the Find button does the same.
const box = document.getElementById("q");
const count = document.getElementById("count");
const people = [...document.querySelectorAll("[data-search]")];

function narrow() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const person of people) {
    person.hidden = !words.every((word) => person.dataset.search.includes(word));
    shown += person.hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("[data-search]:not([hidden])");
  }
  count.textContent = words.length ? `${shown} ${shown === 1 ? "person" : "people"} found` : "";
}

box.addEventListener("input", narrow);
