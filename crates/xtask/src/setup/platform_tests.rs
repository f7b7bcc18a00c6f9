//! What each platform takes out of the wheels, by the names in the published ones.

use super::*;

/// What `flavor` takes out of `members`.
#[track_caller]
fn taken(os: &str, arch: &str, flavor: Flavor, members: &[&str]) -> Vec<String> {
    let build = Platform::of(os, arch).unwrap().build(flavor).unwrap();
    members
        .iter()
        .filter_map(|name| build.destination(name))
        .collect()
}

/// The libraries in the published wheels, and a few of the members that none wants.
const LINUX: &[&str] = &[
    "torch/__init__.py",
    "torch/bin/protoc",
    "torch/include/ATen/ATen.h",
    "torch/lib/libc10.so",
    "torch/lib/libc10_cuda.so",
    "torch/lib/libgomp.so.1",
    "torch/lib/libshm/err.h",
    "torch/lib/libtorch.so",
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libtorch_cuda.so",
    "torch/lib/libarm_compute.so",
    "torch/lib/libarm_compute_graph.so",
    "torch/lib/libnvpl_blas_core.so.0",
    "torch/lib/libgfortran.so.5",
    "torch/share/cmake/Torch/TorchConfig.cmake",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
    "nvidia/cu13/lib/libcheckpoint.so",
    "nvidia/cu13/include/cuda.h",
];

#[test]
fn linux_takes_the_processors_part_and_what_it_wants() {
    assert_eq!(
        taken("linux", "x86_64", Flavor::Cpu, LINUX),
        [
            "include/ATen/ATen.h",
            "lib/libc10.so",
            "lib/libgomp.so.1",
            "lib/libtorch_cpu.so",
            "share/cmake/Torch/TorchConfig.cmake",
            "lib/libcudart.so.13",
            "lib/libcupti.so.13",
        ]
    );
}

#[test]
fn linux_on_arm_takes_arms_kernels_too() {
    let taken = taken("linux", "aarch64", Flavor::Cpu, LINUX);
    for name in [
        "libarm_compute_graph.so",
        "libnvpl_blas_core.so.0",
        "libgfortran.so.5",
    ] {
        assert!(taken.contains(&format!("lib/{name}")), "{name}: {taken:?}");
    }
    assert!(
        !taken.contains(&"lib/libtorch_cuda.so".to_owned()),
        "{taken:?}"
    );
}

#[test]
fn with_cuda_every_library_is_taken() {
    let taken = taken("linux", "x86_64", Flavor::Cuda, LINUX);
    for name in [
        "libtorch.so",
        "libtorch_cuda.so",
        "libcheckpoint.so",
        "libcudart.so.13",
    ] {
        assert!(taken.contains(&format!("lib/{name}")), "{name}: {taken:?}");
    }
    assert!(
        !taken
            .iter()
            .any(|name| name.ends_with("cuda.h") || name.contains("protoc"))
    );
}

#[test]
fn macos_takes_the_libraries_it_links() {
    let members = [
        "torch/lib/libc10.dylib",
        "torch/lib/libomp.dylib",
        "torch/lib/libshm.dylib",
        "torch/lib/libtorch.dylib",
        "torch/lib/libtorch_cpu.dylib",
        "torch/lib/libtorch_python.dylib",
    ];
    assert_eq!(
        taken("macos", "aarch64", Flavor::Cpu, &members),
        [
            "lib/libc10.dylib",
            "lib/libomp.dylib",
            "lib/libtorch.dylib",
            "lib/libtorch_cpu.dylib"
        ]
    );
}

#[test]
fn windows_takes_libraries_and_import_libraries() {
    let members = [
        "torch/lib/c10.dll",
        "torch/lib/c10.lib",
        "torch/lib/fmt.lib",
        "torch/lib/libiomp5md.dll",
        "torch/lib/libiompstubs5md.dll",
        "torch/lib/torch.dll",
        "torch/lib/torch.lib",
        "torch/lib/torch_cpu.dll",
        "torch/lib/torch_cpu.lib",
        "torch/lib/torch_python.dll",
        "torch/lib/uv.dll",
        // Archives separate with `/`, on Windows too; this is another, odd file name.
        "torch\\lib\\torch.dll",
    ];
    assert_eq!(
        taken("windows", "x86_64", Flavor::Cpu, &members),
        [
            "lib/c10.dll",
            "lib/c10.lib",
            "lib/libiomp5md.dll",
            "lib/libiompstubs5md.dll",
            "lib/torch.dll",
            "lib/torch.lib",
            "lib/torch_cpu.dll",
            "lib/torch_cpu.lib",
            "lib/uv.dll",
        ]
    );
}

#[test]
fn every_platform_wants_headers_and_its_core_library() {
    for platform in PLATFORMS {
        let core = format!("torch/lib/{}", platform.core_library);
        assert!(platform.cpu.destination(&core).is_some(), "{core}");
        assert_eq!(
            platform
                .cpu
                .destination("torch/include/torch/script.h")
                .as_deref(),
            Some("include/torch/script.h")
        );
        assert!(!platform.tags().is_empty());
        assert_eq!(platform.cpu.requirements()[0], "torch==2.13.0");
    }
}

#[test]
fn a_machine_without_a_published_build_is_told_so() {
    let error = Platform::of("macos", "x86_64").unwrap_err().to_string();
    assert!(
        error.contains("macos on x86_64") && error.contains("LIBTORCH"),
        "{error}"
    );
    let error = Platform::of("windows", "x86_64")
        .unwrap()
        .build(Flavor::Cuda)
        .unwrap_err();
    assert!(error.to_string().contains("without --cuda"), "{error}");
}

#[test]
fn linux_tags_reach_down_to_the_companions() {
    let tags = manylinux("x86_64");
    assert_eq!(tags.first().unwrap(), "manylinux_2_28_x86_64");
    assert_eq!(tags.last().unwrap(), "manylinux2014_x86_64");
    assert!(tags.contains(&"manylinux_2_17_x86_64".to_owned()));
}
