//! Which libtorch a machine gets: one table of platforms, builds and files.
//!
//! libtorch comes out of the wheels that `PyTorch` publishes for Python, because every package
//! mirror carries those. A wheel holds much that Tintype never links, so the table names what is
//! taken. Names of members were read off the published 2.13.0 wheels, and the libraries that
//! `libtorch_cpu` wants off its dynamic section.

use std::env::consts::{ARCH, OS};

use anyhow::{Context, Result};

use super::glob;

/// The libtorch that the `tch` in `Cargo.lock` is made for; its build script insists on it.
pub(crate) const VERSION: &str = "2.13.0";

/// The wheel with libtorch itself.
pub(super) const TORCH: &str = "torch";

/// Whether libtorch can use an NVIDIA device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// The processor, and Apple's GPU where there is one.
    Cpu,
    /// NVIDIA devices too.
    Cuda,
}

impl Flavor {
    /// The name of its folder in the cache.
    pub(crate) fn folder(self) -> String {
        match self {
            Self::Cpu => format!("libtorch-{VERSION}-cpu"),
            Self::Cuda => format!("libtorch-{VERSION}-cuda"),
        }
    }
}

/// A kind of machine for which libtorch is published.
#[derive(Debug)]
pub(crate) struct Platform {
    /// As [`OS`] has it.
    os: &'static str,
    /// As [`ARCH`] has it.
    arch: &'static str,
    /// The C library's or system's tags that its wheels may bear, best first.
    tags: fn() -> Vec<String>,
    /// The library without which a folder is no libtorch.
    pub(crate) core_library: &'static str,
    cpu: Build,
    cuda: Option<Build>,
}

/// How one flavor is put together.
#[derive(Debug)]
pub(super) struct Build {
    /// Wheels beside `torch`, as pip's requirements.
    companions: &'static [&'static str],
    /// Whether everything that the `torch` wheel depends on is wanted too.
    pub(super) with_dependencies: bool,
    /// What is taken out of the wheels.
    pub(super) rules: &'static [Rule],
    /// A text file to write: its path and content.
    pub(super) script: Option<(&'static str, &'static str)>,
}

/// Files of an archive, and where they go.
#[derive(Debug)]
pub(super) struct Rule {
    /// Which, as [`glob::matches`] reads it.
    pub(super) pattern: &'static str,
    /// Their new folder, or `None` to keep theirs, below `torch/`.
    into: Option<&'static str>,
}

impl Rule {
    const fn keep(pattern: &'static str) -> Self {
        Self {
            pattern,
            into: None,
        }
    }

    const fn to_lib(pattern: &'static str) -> Self {
        Self {
            pattern,
            into: Some("lib"),
        }
    }
}

impl Platform {
    /// This machine's.
    pub(crate) fn current() -> Result<&'static Self> {
        Self::of(OS, ARCH)
    }

    fn of(os: &str, arch: &str) -> Result<&'static Self> {
        let found = PLATFORMS
            .iter()
            .find(|platform| (platform.os, platform.arch) == (os, arch));
        found.with_context(|| {
            let known: Vec<_> = PLATFORMS
                .iter()
                .map(|p| format!("{} {}", p.os, p.arch))
                .collect();
            format!(
                "no libtorch {VERSION} is published for {os} on {arch}; there is one for {}. If \
                 you have built it yourself, set LIBTORCH to its folder and use plain `cargo`",
                known.join(", ")
            )
        })
    }

    /// How `flavor` is put together here.
    pub(super) fn build(&self, flavor: Flavor) -> Result<&Build> {
        match flavor {
            Flavor::Cpu => Ok(&self.cpu),
            Flavor::Cuda => self.cuda.as_ref().with_context(|| {
                format!(
                    "no libtorch with CUDA is published for {}: set up without --cuda",
                    self.os
                )
            }),
        }
    }

    /// pip's tags for wheels that run here, best first.
    pub(super) fn tags(&self) -> Vec<String> {
        (self.tags)()
    }
}

impl Build {
    /// What pip is asked for.
    pub(super) fn requirements(&self) -> Vec<String> {
        let companions = self.companions.iter().map(|&name| name.to_owned());
        std::iter::once(format!("{TORCH}=={VERSION}"))
            .chain(companions)
            .collect()
    }

    /// Where the archive's member `name` goes below the libtorch folder; `None`: nowhere.
    pub(super) fn destination(&self, name: &str) -> Option<String> {
        let rule = self
            .rules
            .iter()
            .find(|rule| glob::matches(rule.pattern, name))?;
        match rule.into {
            None => Some(name.strip_prefix("torch/")?.to_owned()),
            Some(folder) => Some(format!("{folder}/{}", name.rsplit('/').next()?)),
        }
    }
}

const INCLUDE: Rule = Rule::keep("torch/include/**");
const SHARE: Rule = Rule::keep("torch/share/**");

/// The Linux wheels link CUDA's runtime and profiler into the processor's part too: it does not
/// start without them, though it never calls them on a machine without a device.
pub(crate) const CUDA_STUBS: &[&str] =
    &["nvidia-cuda-runtime==13.0.*", "nvidia-cuda-cupti==13.0.*"];

/// The wheel's own `libtorch.so` drags in all of CUDA. The linker takes this text for it instead.
const WITHOUT_CUDA: (&str, &str) = ("lib/libtorch.so", "INPUT ( libtorch_cpu.so )\n");

const LINUX_CUDA: Build = Build {
    companions: &[],
    with_dependencies: true,
    rules: &[
        INCLUDE,
        SHARE,
        Rule::keep("torch/lib/*.so*"),
        Rule::to_lib("nvidia/**/lib/*.so*"),
    ],
    script: None,
};

const PLATFORMS: &[Platform] = &[
    Platform {
        os: "linux",
        arch: "x86_64",
        tags: || manylinux("x86_64"),
        core_library: "libtorch_cpu.so",
        cpu: Build {
            companions: CUDA_STUBS,
            with_dependencies: false,
            rules: &[
                INCLUDE,
                SHARE,
                Rule::keep("torch/lib/libtorch_cpu.so"),
                Rule::keep("torch/lib/libc10.so"),
                Rule::keep("torch/lib/libgomp*.so*"),
                Rule::to_lib("nvidia/**/lib/libcudart.so.13"),
                Rule::to_lib("nvidia/**/lib/libcupti.so.13"),
            ],
            script: Some(WITHOUT_CUDA),
        },
        cuda: Some(LINUX_CUDA),
    },
    Platform {
        os: "linux",
        arch: "aarch64",
        tags: || manylinux("aarch64"),
        core_library: "libtorch_cpu.so",
        cpu: Build {
            companions: CUDA_STUBS,
            with_dependencies: false,
            rules: &[
                INCLUDE,
                SHARE,
                Rule::keep("torch/lib/libtorch_cpu.so"),
                Rule::keep("torch/lib/libc10.so"),
                Rule::keep("torch/lib/libgomp*.so*"),
                // Arm's kernels and NVIDIA's BLAS for Arm processors: no device is needed.
                Rule::keep("torch/lib/libarm_compute*.so*"),
                Rule::keep("torch/lib/libnvpl_*.so*"),
                Rule::keep("torch/lib/libgfortran*.so*"),
                Rule::to_lib("nvidia/**/lib/libcudart.so.13"),
                Rule::to_lib("nvidia/**/lib/libcupti.so.13"),
            ],
            script: Some(WITHOUT_CUDA),
        },
        cuda: Some(LINUX_CUDA),
    },
    Platform {
        os: "macos",
        arch: "aarch64",
        tags: || vec!["macosx_14_0_arm64".into()],
        core_library: "libtorch_cpu.dylib",
        cpu: Build {
            companions: &[],
            with_dependencies: false,
            rules: &[
                INCLUDE,
                SHARE,
                Rule::keep("torch/lib/libtorch.dylib"),
                Rule::keep("torch/lib/libtorch_cpu.dylib"),
                Rule::keep("torch/lib/libc10.dylib"),
                Rule::keep("torch/lib/libomp.dylib"),
            ],
            script: None,
        },
        cuda: None,
    },
    Platform {
        os: "windows",
        arch: "x86_64",
        tags: || vec!["win_amd64".into()],
        core_library: "torch_cpu.dll",
        cpu: Build {
            companions: &[],
            with_dependencies: false,
            rules: &[
                INCLUDE,
                SHARE,
                Rule::keep("torch/lib/torch.*"),
                Rule::keep("torch/lib/torch_cpu.*"),
                Rule::keep("torch/lib/c10.*"),
                Rule::keep("torch/lib/libiomp*.dll"),
                Rule::keep("torch/lib/uv.dll"),
            ],
            script: None,
        },
        cuda: None,
    },
];

/// Tags from glibc 2.28, which libtorch wants, down to 2.17, with which its companions content
/// themselves. pip does not fill in the older ones by itself for another platform.
fn manylinux(arch: &str) -> Vec<String> {
    let numbered = (17..=28)
        .rev()
        .map(|minor| format!("manylinux_2_{minor}_{arch}"));
    numbered.chain([format!("manylinux2014_{arch}")]).collect()
}

#[cfg(test)]
#[path = "platform_tests.rs"]
mod tests;
