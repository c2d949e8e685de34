// Returns the texts with digits that the page does not show; `opened` opens and selects whatever needs no script for it.
(opened) => {
  const shows = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const holders = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (/\d/.test(data) && !parentElement.closest("script, style, template")) holders.push(walker.currentNode);
  }
  let hidden = holders.filter((text) => !shows(text.parentElement));
  if (opened) {
    for (const details of document.querySelectorAll("details")) details.open = true;
    for (const choice of [null, ...document.querySelectorAll("input[type=radio], input[type=checkbox]")]) {
      if (choice) choice.checked = true;
      hidden = hidden.filter((text) => !shows(text.parentElement));
    }
  }
  return hidden.map((text) => text.data.trim().slice(0, 60));
}
