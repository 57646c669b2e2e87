/** The first events of every training, in their order, up to the end of its first epoch. */
export const FIRST_EVENTS = [
  'initial',
  'dataset_loading',
  'model_building',
  'train_start',
  'epoch_start',
  'batch_end',
  'epoch_end',
] as const;
