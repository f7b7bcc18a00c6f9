//! What a pixel's value means: sRGB, linear light, CIE Lab, and the bounds of what sRGB can show.
//!
//! | file | what it does |
//! | --- | --- |
//! | `srgb.rs` | a level's linear light |
//! | `curves.rs` | sRGB's and Lab's curves, as polynomials for many pixels at once |
//! | `lab.rs` | linear light to Lab and back |
//! | `luminances.rs` | the luminance of a run of pixels, of whatever kind |
//! | `gamut.rs` | colors that sRGB cannot show, brought in |

pub(crate) mod curves;
pub(crate) mod gamut;
pub(crate) mod lab;
pub(crate) mod luminances;
pub(crate) mod srgb;
