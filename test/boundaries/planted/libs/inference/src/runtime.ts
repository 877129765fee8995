import { Tensor } from 'onnxruntime-node';
export const planted = Tensor;
