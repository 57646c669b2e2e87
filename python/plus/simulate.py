"""Answer with a network of the compiler until the input ends: `run_tool.py simulate.py FILE` (.mlir or .cvimodel).

An .mlir, in floats or in the board's integers, is interpreted; a .cvimodel runs on the simulator of the chip, which
takes ten times as long and gives the same numbers. Request and answer: 8 bytes with a length, then that many bytes
of numpy's own format; a request holds samples (n, C, H, W), its answer the output of each (n, …). A detector has two
outputs, which are answered as one (n, 4 + N, A): distances 1×1×4×A, then scores 1×N×A×1.
"""

import io
import os
import sys
from typing import BinaryIO

import numpy as np


def interpreter(path: str):  # noqa: ANN201 - a function of arrays
    import pymlir

    pymlir.set_mem_mode("value_mem")  # without it the interpreter answers with zeros
    module = pymlir.module()
    module.load(path)
    (source,), targets = module.input_names, module.output_names

    def run(sample: np.ndarray) -> np.ndarray:
        module.set_tensor(source, sample, sample.shape)
        module.invoke(True)
        tensors = module.get_all_tensor()
        return joined([np.array(tensors[name], np.float32) for name in targets])

    return run


def chip(path: str):  # noqa: ANN201 - a function of arrays
    import pyruntime_cvi
    from tpu_mlir.python.utils.lowering import lowering

    model = pyruntime_cvi.Model(path, output_all_tensors=False)

    def run(sample: np.ndarray) -> np.ndarray:
        (source,) = model.inputs
        whole = lowering(
            sample, pdtype=source.dtype, pshape=sample.shape, pzero_point=source.qzero_point, pscale=source.qscale
        )
        source.data.reshape(-1)[:] = whole.reshape(-1)
        model.forward()
        return joined([np.array(each.data, np.float32) for each in model.outputs])

    return run


def joined(outputs: "list[np.ndarray]") -> np.ndarray:
    if len(outputs) == 1:
        return outputs[0]
    # as the board finds them, whichever comes first: distances by their third dimension
    distances, scores = sorted(outputs, key=lambda each: each.shape[2] != 4)
    cells = distances.shape[3]
    return np.concatenate([distances.reshape(1, 4, cells), scores.reshape(1, -1, cells)], axis=1)


def read(source: BinaryIO) -> "np.ndarray | None":
    head = source.read(8)
    if len(head) < 8:
        return None
    return np.load(io.BytesIO(source.read(int.from_bytes(head, "big"))), allow_pickle=False)


def write(target: BinaryIO, array: np.ndarray) -> None:
    whole = io.BytesIO()
    np.save(whole, array, allow_pickle=False)
    target.write(len(whole.getvalue()).to_bytes(8, "big") + whole.getvalue())
    target.flush()


def main(path: str) -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the libraries print is no answer
    os.chdir(os.path.dirname(os.path.abspath(path)))  # an .mlir names its weights by a path from its own folder
    run = (chip if path.endswith(".cvimodel") else interpreter)(os.path.basename(path))
    while (samples := read(sys.stdin.buffer)) is not None:
        write(answers, np.concatenate([run(sample[None]) for sample in samples]))


if __name__ == "__main__":
    main(sys.argv[1])
