// Returns the problems of the layout of the open page, as sentences; nobody can scroll on paper.
(paper) => {
  const problems = [];
  const root = document.documentElement;
  const excerpt = (text) => JSON.stringify(text.trim().replace(/\s+/g, " ").slice(0, 40));
  const label = (element) =>
    `<${element.localName}${element.className ? ` class="${element.getAttribute("class")}"` : ""}> ${excerpt(element.textContent)}`;
  // What is for screen readers alone is clipped to one pixel on purpose.
  const unseen = (element) => element !== null && (element.offsetWidth === 1 || unseen(element.parentElement));

  // Printing shrinks what is somewhat too wide.
  if (root.scrollWidth > root.clientWidth * (paper ? 1.15 : 1)) {
    const wide = [...document.body.querySelectorAll("*")].find((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
    problems.push(`the page is ${root.scrollWidth - root.clientWidth}px wider than the window: ${wide ? label(wide) : ""}`);
  }

  const hides = paper ? /^(hidden|clip|auto|scroll)$/ : /^(hidden|clip)$/;
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    if (!element.checkVisibility() || unseen(element)) continue;
    const style = getComputedStyle(element);
    if (hides.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1) problems.push(`cut at the side: ${label(element)}`);
    if (hides.test(style.overflowY) && element.scrollHeight > element.clientHeight + 1) problems.push(`cut at the bottom: ${label(element)}`);
  }

  for (const image of document.images) {
    if (image.checkVisibility() && !(image.complete && image.naturalWidth > 0)) problems.push(`an image is not shown: ${image.alt}`);
  }

  for (const text of document.querySelectorAll("svg text")) {
    if (!text.checkVisibility()) continue;
    const [inner, outer] = [text, text.ownerSVGElement].map((element) => element.getBoundingClientRect());
    const outside = inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
    if (outside) problems.push(`text outside its picture: ${excerpt(text.textContent)}`);
  }

  // A line may end after a hyphen or a slash, and between ideographs; within these characters only by force.
  const inner = /[\p{L}\p{N}_.]/u, ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
  const range = document.createRange();
  const box = (node, start, end) => {
    range.setStart(node, start);
    range.setEnd(node, end);
    return [...range.getClientRects()].filter((rect) => rect.width > 0);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!parent.checkVisibility() || unseen(parent) || parent.closest("svg")) continue;
    for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
      const rects = box(node, index, index + word.length);
      if (new Set(rects.map((rect) => Math.round(rect.top))).size < 2) continue;
      if (rects.reduce((sum, rect) => sum + rect.width, 0) > 0.8 * root.clientWidth) continue; // fits no line
      for (let i = 1; i < word.length; i++) {
        if (![word[i - 1], word[i]].every((c) => inner.test(c) && !ideograph.test(c))) continue;
        const [before] = box(node, index + i - 1, index + i), [after] = box(node, index + i, index + i + 1);
        if (before && after && after.top >= before.bottom - 1) problems.push(`broken within a word: ${excerpt(`${word.slice(0, i)}|${word.slice(i)}`)} in ${label(parent)}`);
      }
    }
  }
  return problems;
}
