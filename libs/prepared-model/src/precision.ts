/** What the weights of a prepared model are stored in. */
export type Precision = 'fp32' | 'int8';
