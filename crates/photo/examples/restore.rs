//! Shows what restoring does to a photo: `cargo run --release -p tintype-photo --example restore -- PHOTO
//! FOLDER [SENSITIVITY]`.
//!
//! Prints what is measured and how long each step takes, and writes into the folder: `neutral`, the
//! gray beneath a tint; `frame`, the photo with its border in red; `tone`, levels and local contrast;
//! `mask`, the defects; `marked`, the photo with the defects in red; `repaired`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;
use std::time::Instant;

use tintype_photo::{
    DefectMask, Frame, Limits, OutputFormat, Overwrite, Photo, PhotoFile, Pixels, SaveOptions,
    Tone, find_defects, find_frame, measure_tint, neutralize, repair, restore_tone, save,
};
use tintype_protocol::CancelFlag;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, folder, rest @ ..] = &arguments[..] else {
        return Err("usage: restore PHOTO FOLDER [SENSITIVITY]".into());
    };
    let sensitivity = rest.first().map_or(Ok(0.5), |text| text.parse())?;
    let cancel = CancelFlag::new();
    let photo = PhotoFile::read(Path::new(path), &Limits::default(), &cancel)?.decode()?;
    let write = |photo: &Photo, name: &str| {
        let path = Path::new(folder).join(name).with_extension("png");
        save(
            photo,
            &path,
            &SaveOptions::new(OutputFormat::Png, Overwrite::Replace),
            &cancel,
        )
    };

    let tint = timed("tint", || measure_tint(&photo));
    println!(
        "  tinted {}, monochrome {}, strength {:.1}, hue {:.0}, white {:.2?}",
        tint.is_tinted(),
        tint.is_monochrome(),
        tint.strength(),
        tint.hue(),
        tint.paper_white()
    );
    let neutral = timed("neutral", || {
        neutralize(&photo, &tint, &cancel, &mut |_| {})
    })?;
    write(&neutral, "neutral")?;

    let frame = timed("frame", || find_frame(&photo));
    println!("  picture {:?} of {:?}", frame.rectangle(), size(&photo));
    write(&bordered(&photo, &frame)?, "frame")?;

    let tone = Tone {
        levels: 1.0,
        contrast: 0.5,
    };
    let toned = timed("tone", || {
        restore_tone(&photo, &tone, Some(&frame), &cancel, &mut |_| {})
    })?;
    write(&toned, "tone")?;

    let mask = timed("defects", || {
        find_defects(&photo, sensitivity, &cancel, &mut |_| {})
    })?;
    println!("  {} pixels", mask.count());
    std::fs::write(Path::new(folder).join("mask.png"), mask.to_png()?)?;
    write(&marked(&photo, &mask)?, "marked")?;
    let repaired = timed("repair", || repair(&photo, &mask, &cancel, &mut |_| {}))?;
    write(&repaired, "repaired")?;
    Ok(())
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    println!("{name}: {:.3} s", started.elapsed().as_secs_f64());
    result
}

fn size(photo: &Photo) -> (u32, u32) {
    (photo.width(), photo.height())
}

/// The photo with its border in red.
fn bordered(photo: &Photo, frame: &Frame) -> Result<Photo, Box<dyn std::error::Error>> {
    painted(photo, |x, y| 1.0 - frame.coverage(x, y))
}

/// The photo with its defects in red.
fn marked(photo: &Photo, mask: &DefectMask) -> Result<Photo, Box<dyn std::error::Error>> {
    painted(photo, |x, y| f32::from(mask.is_defect(x, y)))
}

/// The photo at 8 bits with red over it, as strong as `share` says.
fn painted(
    photo: &Photo,
    share: impl Fn(u32, u32) -> f32,
) -> Result<Photo, Box<dyn std::error::Error>> {
    let level = |i: usize| -> [u8; 3] {
        let narrow = |value: u16| (value >> 8) as u8;
        match photo.pixels() {
            Pixels::Gray8(p) => [p[i]; 3],
            Pixels::Gray16(p) => [narrow(p[i]); 3],
            Pixels::Rgb8(p) => std::array::from_fn(|c| p[3 * i + c]),
            Pixels::Rgb16(p) => std::array::from_fn(|c| narrow(p[3 * i + c])),
        }
    };
    let (width, height) = size(photo);
    let image = image::RgbImage::from_fn(width, height, |x, y| {
        let share = share(x, y);
        let mix = |from: u8, to: f32| (f32::from(from) * (1.0 - share) + to * share) as u8;
        let [r, g, b] = level(y as usize * width as usize + x as usize);
        image::Rgb([mix(r, 255.0), mix(g, 0.0), mix(b, 0.0)])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, image::ImageFormat::Png)?;
    Ok(PhotoFile::from_bytes(file.into_inner(), &Limits::default())?.decode()?)
}
