/**
 * Places in a page of keys and values: what the graphs and those who feed them agree on. Attention sums over
 * whole pages, so a sum is grouped alike wherever a sentence's pages lie and however many pages others have.
 * Longer pages waste more on padding, shorter ones take more products.
 */
export const PAGE_PLACES = 32;
