import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BOARDS, defaultNetwork, haveSameNetworks, isOfOtherBoard } from '../../src/boards.ts';
import { PROJECT_TYPES } from '../../src/projects/project.ts';
import { networkAsDefault, withDefaults } from '../../src/projects/train-config.ts';

const [V831, PLUS] = ['kidbright-mai', 'kidbright-mai-plus'];

it('each board has files for each type of project, so a training for it is never refused for its type', () => {
  for (const { name, files } of BOARDS.values()) {
    assert.deepEqual(Object.keys(files).sort(), [...PROJECT_TYPES].sort(), name);
    assert.ok(Object.values(files).every((loaded) => loaded.length > 0));
  }
});

describe('the networks of a board', () => {
  it('are offered for it: those of other boards are named as such, in any spelling', () => {
    assert.ok(isOfOtherBoard('YOLO11n', V831) && isOfOtherBoard('yolo11s', V831));
    assert.ok(isOfOtherBoard('slim_yolo_v2', PLUS) && isOfOtherBoard('Slim YOLO v2', PLUS));
    assert.ok(!isOfOtherBoard('yolo11n', PLUS) && !isOfOtherBoard('slim-yolo-v2', V831));
  });

  it('are not known where no board names them: the training says what it takes instead', () => {
    for (const board of [V831, PLUS])
      for (const name of ['resnet18', 'mobilenet-100', 'none such', '', 'constructor'])
        assert.ok(!isOfOtherBoard(name, board), `${name} on ${board}`);
  });

  it('have a default of their own for boxes, and the same one for photos and sounds', () => {
    assert.deepEqual(
      [V831, PLUS].map((board) => networkAsDefault('OBJECT_DETECTION', board)),
      ['slim_yolo_v2', 'yolo11n'],
    );
    assert.equal(defaultNetwork(PLUS, 'IMAGE_CLASSIFICATION'), undefined);
    assert.equal(withDefaults('OBJECT_DETECTION', {}, PLUS)['modelType'], 'yolo11n');
    assert.equal(withDefaults('IMAGE_CLASSIFICATION', {}, PLUS)['modelType'], 'resnet18');
  });

  it('serve both boards for photos and sounds, and one alone for boxes', () => {
    assert.ok(
      haveSameNetworks(V831, PLUS, 'IMAGE_CLASSIFICATION') && haveSameNetworks(PLUS, V831, 'VOICE_CLASSIFICATION'),
    );
    assert.ok(!haveSameNetworks(V831, PLUS, 'OBJECT_DETECTION') && !haveSameNetworks(PLUS, V831, 'OBJECT_DETECTION'));
    for (const board of BOARDS.keys()) assert.ok(haveSameNetworks(board, board, 'OBJECT_DETECTION'));
  });
});
