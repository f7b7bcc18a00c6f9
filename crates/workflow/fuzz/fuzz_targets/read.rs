//! Any bytes as a workflow's file, in either form. What is read is kept with a job in the API's form,
//! and so must come back from it unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_workflow::{read, read_value};

fuzz_target!(|file: &[u8]| {
    if let Ok(prompt) = read(file) {
        let again = read_value(prompt.to_api()).expect("a workflow that it wrote itself");
        assert_eq!(again, prompt);
    }
});
