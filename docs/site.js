// What the documentation site adds to its theme: wide tables and blocks of code can be scrolled with
// the keyboard, also where the theme finds no pointer that hovers.
addEventListener("load", () => {
  const regions = document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code")
  for (const region of regions) region.tabIndex = 0
})
