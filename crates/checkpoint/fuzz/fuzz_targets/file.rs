//! Any bytes as a whole file, of either format, through accounting and folding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_checkpoint::Weights;

fuzz_target!(|file: &[u8]| {
    if let Ok(weights) = Weights::from_bytes(file.to_vec(), "fuzz") {
        for name in weights.names() {
            let numbers = weights.tensor(name).expect("a name that it gave itself");
            assert_eq!(
                numbers.f32s().len(),
                numbers.shape.iter().product::<usize>()
            );
        }
    }
});
