//! What the suite shares: where the golden outputs are.

pub mod goldens;
