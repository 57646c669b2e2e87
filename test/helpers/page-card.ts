import type { Card, Job, Result } from '../../page/room/types.ts';

// Cards, jobs and results as the server sends them to the page, for tests of what the page makes of them.

/** A project of two labels that was never trained. */
export function pageCard(changes: Partial<Card> = {}): Card {
  return {
    id: 'cats',
    name: 'Cats',
    type: 'IMAGE_CLASSIFICATION',
    board: 'kidbright-mai',
    uploaded_at: 1000,
    deletion: null,
    address: '192.168.1.17',
    names: [],
    labels: [
      { label: 'Cat', samples: 24 },
      { label: 'Dog', samples: 24 },
    ],
    samples: 48,
    stage: 0,
    state: 'uploaded',
    job: null,
    curve: [],
    result: null,
    stuck: null,
    ...changes,
  };
}

export function pageJob(changes: Partial<Job> = {}): Job {
  return { id: 'j1', project_id: 'cats', kind: 'train', state: 'active', attempt: 1, created_at: 1000, ...changes };
}

export function pageResult(changes: Partial<Result> = {}): Result {
  return {
    job_id: 'j1',
    finished_at: 1100,
    model: 'resnet18',
    value: 93.3,
    metric: 'val_accuracy',
    right: 14,
    checked: 15,
    expect_least: 70,
    expect_most: 99,
    uneven: false,
    same_answer: null,
    suspects: 0,
    converted: false,
    board: null,
    ...changes,
  };
}
