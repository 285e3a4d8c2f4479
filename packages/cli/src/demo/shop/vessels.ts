import { raw } from 'hono/html';
import type { Product } from './products.ts';

/**
 * The product pictures. The glaze comes from the CSS variable `--glaze`, so that one drawing serves every colour and
 * the page needs no inline style, which its Content-Security-Policy forbids.
 */
export function vessel(product: Product) {
  const shape = SHAPES[product.kind] ?? '';
  return raw(
    `<svg class="vessel" viewBox="0 0 320 320" role="img" aria-label="${product.name}">` +
      '<ellipse class="shade" cx="160" cy="264" rx="112" ry="13"/>' +
      `${shape}</svg>`,
  );
}

const SPECKLES =
  '<g class="speckle"><circle cx="121" cy="168" r="1.6"/><circle cx="139" cy="203" r="1.2"/><circle cx="171" cy="176" r="1.8"/>' +
  '<circle cx="188" cy="213" r="1.3"/><circle cx="155" cy="228" r="1.6"/><circle cx="199" cy="181" r="1.2"/><circle cx="130" cy="232" r="1.1"/></g>';

/** A vessel's wall, with the raw clay foot below `footY` that a potter leaves free of glaze. */
function body(kind: string, outline: string, footY: number): string {
  return (
    `<clipPath id="${kind}"><path d="${outline}"/></clipPath>` +
    `<g clip-path="url(#${kind})"><path class="glaze" d="${outline}"/>` +
    `<path class="clay" d="M60 ${footY}q100 9 200 0v40H60z"/></g>`
  );
}

const SHAPES: Readonly<Record<string, string>> = {
  mug: `
    <path class="line" d="M214 146h14a32 32 0 0 1 0 64h-20"/>
    ${body('mug', 'M98 122h122v84a56 56 0 0 1-56 56h-10a56 56 0 0 1-56-56z', 240)}
    <path class="light" d="M110 140h14v70a40 40 0 0 0 8 24 56 56 0 0 1-22-30z"/>
    <ellipse class="rim" cx="159" cy="122" rx="61" ry="13"/><ellipse class="well" cx="159" cy="124" rx="53" ry="9"/>${SPECKLES}`,
  teapot: `
    <path class="line thin" d="M104 150c-6-84 112-84 108 0"/>
    <path class="glaze" d="M218 196c26-4 24-44 50-52l8 10c-18 10-14 66-58 76z"/>
    ${body('teapot', 'M78 200c0-44 36-66 80-66s80 22 80 66-34 62-80 62-80-18-80-62z', 243)}
    <path class="light" d="M92 196c2-24 18-42 42-48-14 12-24 28-24 52 0 14 4 26 10 36-18-8-28-22-28-40z"/>
    <path class="glaze deep" d="M116 141c4-16 80-16 84 0-14 8-70 8-84 0z"/><circle class="glaze deep" cx="158" cy="121" r="9"/>${SPECKLES}`,
  vase: `
    <path class="twig" d="M162 108c-4-34 4-58 22-84M160 84c-10-12-20-16-30-18M166 60c10-6 20-6 28-4"/>
    <ellipse class="leaf" cx="128" cy="64" rx="11" ry="6"/><ellipse class="leaf" cx="196" cy="56" rx="12" ry="6"/><ellipse class="leaf" cx="186" cy="22" rx="7" ry="12"/>
    ${body('vase', 'M146 104h30c0 30 46 46 46 100 0 38-26 58-61 58s-61-20-61-58c0-54 46-70 46-100z', 240)}
    <path class="light" d="M150 122c-4 28-36 44-36 82 0 14 4 24 10 32-10-8-16-20-16-34 0-42 34-54 42-80z"/>
    <ellipse class="rim" cx="161" cy="104" rx="19" ry="5"/>${SPECKLES}`,
  bowl: `
    <path class="glaze" d="M66 160h190c0 62-42 94-72 98h-46c-30-4-72-36-72-98z"/>
    <path class="clay" d="M132 250h58l6 12h-70z"/>
    <path class="light" d="M80 176c8 34 26 56 46 66-6-16-22-30-28-66z"/>
    <ellipse class="rim" cx="161" cy="160" rx="95" ry="22"/><ellipse class="well" cx="161" cy="163" rx="84" ry="16"/>${SPECKLES}`,
  carafe: `
    ${body('carafe', 'M134 70h50l8 12-10 10c0 40 38 64 38 112 0 40-26 58-60 58s-60-18-60-58c0-48 38-72 38-112z', 236)}
    <path class="light" d="M144 98c0 40-32 64-32 106 0 10 2 20 6 28-10-8-12-18-12-28 0-44 36-66 38-106z"/>
    <path class="rim" d="M134 70c10-6 40-6 50 0l8 12c-18 6-48 4-58-2z"/>${SPECKLES}`,
  plates: `
    <ellipse class="glaze deep" cx="160" cy="240" rx="118" ry="26"/><ellipse class="glaze" cx="160" cy="232" rx="118" ry="26"/><ellipse class="well" cx="160" cy="231" rx="100" ry="20"/>
    <ellipse class="glaze deep" cx="160" cy="212" rx="98" ry="22"/><ellipse class="glaze" cx="160" cy="204" rx="98" ry="22"/><ellipse class="well" cx="160" cy="203" rx="82" ry="16"/>
    <ellipse class="glaze deep" cx="160" cy="184" rx="78" ry="18"/><ellipse class="glaze" cx="160" cy="177" rx="78" ry="18"/><ellipse class="well" cx="160" cy="176" rx="64" ry="13"/>`,
};
