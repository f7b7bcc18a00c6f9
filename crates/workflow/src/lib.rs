//! ComfyUI workflows: read in both saved forms, checked whole, run through the engine.
