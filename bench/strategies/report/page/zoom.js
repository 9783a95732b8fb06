// @ts-check

/** @typedef {readonly [from: number, to: number]} Range */

/**
 * What is drawn: all of the time, the margins of the drawing in pixels, and what draws a part of it.
 * @typedef {{ readonly all: Range, readonly left: number, readonly right: number, readonly show: (range: Range) => void }} Zoomed
 */

const d3 = Reflect.get(globalThis, 'd3');

/** From everything down to a few microseconds. */
const mostTimes = 20_000;

/**
 * Lets wheel, drag, buttons and keys choose a part of a range of time.
 * @param {HTMLElement} place that the drawing fills
 * @param {readonly HTMLElement[]} buttons with `data-action`
 */
export function zoomOf(place, buttons) {
  const target = d3.select(place);
  /** @type {Zoomed} */
  let zoomed = { all: [0, 1], left: 0, right: 0, show: () => {} };
  /** @type {Range} */
  let range = [0, 1];
  const inner = () => Math.max(1, place.clientWidth - zoomed.left - zoomed.right);

  // A pixel of the drawing of everything is seen at k times its place, plus x.
  const zoom = d3
    .zoom()
    .scaleExtent([1, mostTimes])
    .filter(mayZoom)
    .on('zoom', (/** @type {{ transform: { k: number, x: number } }} */ { transform: { k, x } }) => {
      const { left, show } = zoomed;
      const [from, to] = zoomed.all;
      const at = (/** @type {number} */ pixel) => from + (((pixel - x) / k - left) * (to - from)) / inner();
      range = [at(left), at(left + inner())];
      show(range);
    });

  /** Shows what was shown, whatever the width is now. */
  function showAgain() {
    const { left } = zoomed;
    const [from, to] = zoomed.all;
    const k = (to - from) / (range[1] - range[0]);
    const x = left - k * (left + ((range[0] - from) * inner()) / (to - from));
    zoom.transform(target, d3.zoomIdentity.translate(x, 0).scale(k));
  }

  /**
   * The wheel is the page's until the drawing is meant, and so is a single finger.
   * @param {WheelEvent & PointerEvent & TouchEvent} event
   */
  function mayZoom(event) {
    if (event.type === 'wheel') return event.ctrlKey || place.contains(document.activeElement);
    if (event.touches) return event.touches.length > 1;
    return event.button === 0 && !event.ctrlKey;
  }

  const quarter = () => inner() / 4 / d3.zoomTransform(place).k;
  /** @type {Readonly<Record<string, () => void>>} */
  const actions = {
    in: () => zoom.scaleBy(target, 2),
    out: () => zoom.scaleBy(target, 0.5),
    left: () => zoom.translateBy(target, quarter(), 0),
    right: () => zoom.translateBy(target, -quarter(), 0),
    all: () => zoom.transform(target, d3.zoomIdentity),
  };
  /** @type {Readonly<Record<string, string>>} */
  const keys = { '+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'left', ArrowRight: 'right', 0: 'all', Home: 'all' };

  target.call(zoom);
  place.addEventListener('pointerdown', () => place.focus({ preventScroll: true }));
  place.addEventListener('keydown', (event) => {
    const action = actions[keys[event.key] ?? ''];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  for (const button of buttons) button.addEventListener('click', () => actions[button.dataset.action ?? '']?.());

  return {
    /**
     * Draws something else, or the same in another width.
     * @param {Zoomed} next
     * @param {boolean} isNew show all of it
     */
    set(next, isNew) {
      zoomed = next;
      if (isNew) range = next.all;
      const { left } = next;
      const extent = [
        [left, 0],
        [left + inner(), 1],
      ];
      zoom.extent(extent).translateExtent(extent);
      showAgain();
    },
  };
}
