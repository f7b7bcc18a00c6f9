//! Compiles `src/pool.cpp` against libtorch's headers, where there is something to gain by it.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(tensor_pool)");
    println!("cargo::rerun-if-changed=src/pool.cpp");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    // Elsewhere the system's allocator was never measured, and nobody has seen this compile.
    let is_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    let headers = env::var_os("LIBTORCH").map(|folder| PathBuf::from(folder).join("include"));
    // Without them all is as right, and slower.
    let Some(headers) = headers.filter(|folder| is_linux && folder.join("c10").is_dir()) else {
        return;
    };
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        // They are not ours: what they leave unused is nothing to warn of.
        .flag(format!("-isystem{}", headers.display()))
        .file("src/pool.cpp")
        .compile("tintype_pool");
    // What it calls is in libtorch's smallest library; where that lies, `torch-sys` tells.
    println!("cargo::rustc-link-lib=c10");
    println!("cargo::rustc-cfg=tensor_pool");
}
