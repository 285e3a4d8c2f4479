/** What the shop sells. Ids are HubSpot's internal option values; labels are what people read. */
export interface Product {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly kind: string;
  readonly priceEur: number;
  readonly glaze: Glaze;
  readonly blurb: string;
  readonly facts: readonly string[];
}

export type Glaze = keyof typeof GLAZES;

export const GLAZES = { oat: 'Oat', moss: 'Moss', harbour: 'Harbour', ember: 'Ember' } as const;

export const PRODUCTS: readonly Product[] = [
  {
    id: 'dune_mug',
    slug: 'dune-mug',
    name: 'Dune mug',
    kind: 'mug',
    priceEur: 28,
    glaze: 'oat',
    blurb: 'A wide, steady mug with a thumb rest where your thumb already is.',
    facts: ['Holds 320 ml', 'Thrown stoneware, fired to 1,240 °C', 'Dishwasher and microwave'],
  },
  {
    id: 'harbour_teapot',
    slug: 'harbour-teapot',
    name: 'Harbour teapot',
    kind: 'teapot',
    priceEur: 96,
    glaze: 'harbour',
    blurb: 'Pours to the last drop without dripping. We tested it on white tablecloths.',
    facts: ['Holds 900 ml, four cups', 'Strainer thrown into the wall', 'Hand wash'],
  },
  {
    id: 'fen_vase',
    slug: 'fen-vase',
    name: 'Fen vase',
    kind: 'vase',
    priceEur: 54,
    glaze: 'moss',
    blurb: 'A narrow neck and a heavy foot, for a single branch and a draughty window.',
    facts: ['24 cm tall', 'Watertight without a liner', 'Each one a little different'],
  },
  {
    id: 'ember_bowl',
    slug: 'ember-bowl',
    name: 'Ember bowl',
    kind: 'bowl',
    priceEur: 34,
    glaze: 'ember',
    blurb: 'Deep enough for soup, open enough for salad, warm enough to hold.',
    facts: ['17 cm across', 'Iron-red glaze that breaks at the rim', 'Dishwasher and microwave'],
  },
  {
    id: 'tide_carafe',
    slug: 'tide-carafe',
    name: 'Tide carafe',
    kind: 'carafe',
    priceEur: 62,
    glaze: 'harbour',
    blurb: 'Keeps water cool through a long lunch, and looks like it means to.',
    facts: ['Holds one litre', 'Raw clay foot, glazed inside', 'Dishwasher'],
  },
  {
    id: 'loam_plates',
    slug: 'loam-plates',
    name: 'Loam plates',
    kind: 'plates',
    priceEur: 72,
    glaze: 'oat',
    blurb: 'Three plates that stack without a rattle. Breakfast, lunch, the late snack.',
    facts: ['18, 22 and 26 cm', 'Set of three', 'Dishwasher and microwave'],
  },
];

/** `28 €` as a shop in Europe writes it. */
export function price(eur: number): string {
  return `€${eur.toFixed(2)}`;
}
