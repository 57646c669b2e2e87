"""What `--help` prints."""

OVERVIEW = """spnntools: int8 models for the V831 board (SPNN)

  spnntools optimize  in.param in.bin out.param out.bin
  spnntools calibrate -p=opt.param -b=opt.bin -i=photos/ -o=table --m=a,b,c --n=a,b,c --size=w,h -c
  spnntools quantize  opt.param opt.bin int8.param int8.bin table
  spnntools simulate  int8.param int8.bin -i=photo.jpg --m=a,b,c --n=a,b,c --size=w,h -c
  spnntools inspect   model.param model.bin [table]

The first three do what the vendor's tool does, byte for byte, its oddities included; each
oddity that a model meets is named in a warning. spnntools COMMAND --help says more.
Exit code: 0 done, 1 failed, with one sentence that says why.
"""

OPTIMIZE = """spnntools optimize in.param in.bin out.param out.bin

Folds BatchNorm, Scale and Dropout into weights, drops layers that do nothing, and writes down
the shape of every blob. The Input layer must say its shape: 0=width 1=height 2=channels.
Layers that the board's NPU cannot run are listed as "CPU Layer [type] !".

Example:
  spnntools optimize model.param model.bin model_opt.param model_opt.bin
"""

QUANTIZE = """spnntools quantize opt.param opt.bin int8.param int8.bin table

Turns an optimised model and its calibration table into an int8 model.

Example:
  spnntools quantize model_opt.param model_opt.bin model_int8.param model_int8.bin model_opt.table
"""

PHOTO_OPTIONS = """  --mean,  --m, -m   one number per channel, subtracted first (three, or one with --gray)
  --norm,  --n, -n   one number per channel, multiplied then
  --size,  -s        width,height the photos are resized to (default: 224,224; simulate: the network's own size)
  --swapRB, -c       channel 0 is red; without it blue
  --gray,  -g        one channel
  --thread, -t       threads (default: all)
"""

CALIBRATE = f"""spnntools calibrate -p=opt.param -b=opt.bin -i=photos/ -o=table --m=a,b,c --n=a,b,c [options]

Runs an optimised model over all photos of a folder and writes the table of scales.
Options are written -p=x or -p x.

  --param, -p        the optimised .param
  --bin,   -b        the optimised .bin
  --images, -i       folder of photos
  --output, -o       the table to write
{PHOTO_OPTIONS}
Example:
  spnntools calibrate -p=model_opt.param -b=model_opt.bin -i=photos -o=model_opt.table \\
    --m=127.5,127.5,127.5 --n=0.0078125,0.0078125,0.0078125 --size=224,224 -c -t=2
"""

SIMULATE = f"""spnntools simulate int8.param int8.bin -i=photo-or-folder --m=a,b,c --n=a,b,c [options]

Computes what the board answers, in its integers, and prints the outputs of each photo.

  --images, -i       a photo, or a folder of photos
  --output, -o       also save all outputs to this .npz file
{PHOTO_OPTIONS}
Example:
  spnntools simulate model_int8.param model_int8.bin -i=cat.jpg --m=127.5,127.5,127.5 \\
    --n=0.0078125,0.0078125,0.0078125 -c
"""

INSPECT = """spnntools inspect model.param model.bin [table]

Prints one line per layer of a float, optimised or int8 model: name, type, NPU or CPU, shape of
its first output, multiply-adds, bytes of weights, and for an int8 model the scale of its output
and the worst relative rounding of its integer multipliers ("<" where only a bound is known: with
the calibration table it is exact for convolutions too).

Example:
  spnntools inspect model_int8.param model_int8.bin model_opt.table
"""
