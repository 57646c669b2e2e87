"""Calibration: from an optimised float network and photos to the table of scales."""

from mai.spnn.calibrate.statistics import BlobStatistics, collect
from mai.spnn.calibrate.vendor import calibrate, vendor_table

__all__ = ["BlobStatistics", "calibrate", "collect", "vendor_table"]
