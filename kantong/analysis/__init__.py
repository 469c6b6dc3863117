"""Pure computations: frames in, frames out, no files and no drawing."""
