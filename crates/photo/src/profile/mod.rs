//! What the numbers of a file mean: ICC profiles, honored on the way in and named on the way out.
//!
//! | file | what it does |
//! | --- | --- |
//! | `transform.rs` | a profile's way to sRGB, or the reason why there is none to go |
//! | `sample.rs` | values of 8 and 16 bits, and running over them in parallel |
//! | `convert.rs` | decoded pixels to sRGB |
//! | `inks.rs` | CMYK to sRGB through its profile, as the decoder hands it over |
//! | `output.rs` | sRGB back to the source's space, and the profile that a result gets |
//!
//! Inside the program everything is sRGB. A picture without a profile, or with one that says sRGB,
//! passes untouched. Which one that is, its effect tells and not its name.

mod convert;
mod inks;
mod output;
mod sample;
mod transform;

pub(crate) use convert::to_srgb;
pub(crate) use inks::decode as decode_inks;
pub(crate) use output::for_output;
pub(crate) use transform::Conversion;
