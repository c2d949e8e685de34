// Returns the texts with digits that the page does not show, whatever its reader chooses; `opening` opens what is folded.
(opening) => {
  const shows = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const holders = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    // Links and choices are of no use on paper; what they lead to is.
    if (/\d/.test(data) && !parentElement.closest("script, style, template, nav, label")) holders.push(walker.currentNode);
  }
  if (opening) for (const details of document.querySelectorAll("details")) details.open = true;
  let hidden = holders.filter((text) => !shows(text.parentElement));
  for (const choice of document.querySelectorAll("input[type=radio]")) {
    choice.checked = true;
    hidden = hidden.filter((text) => !shows(text.parentElement));
  }
  return hidden.map((text) => text.data.trim().slice(0, 60));
}
