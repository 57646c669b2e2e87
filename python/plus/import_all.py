"""Import what a conversion needs of the compiler: the set-up runs this to see whether it starts."""

import calibration.kld_calibrator  # noqa: F401
import numpy  # noqa: F401
import onnx  # noqa: F401
import onnxruntime  # noqa: F401
import pymlir  # noqa: F401
import pyruntime_cvi  # noqa: F401
import transform.OnnxConverter  # noqa: F401
