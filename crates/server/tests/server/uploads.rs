//! Photos in, pictures out.

use serde_json::json;

use crate::bench::{Bench, photo};

#[test]
fn the_same_photo_again_keeps_its_name_and_another_of_that_name_gets_a_number() {
    let bench = Bench::new();
    let (one, other) = (photo(20, 20), photo(30, 20));
    let name = |bytes: &[u8], fields: &[(&str, &str)]| {
        let answer = bench.upload("a.png", bytes, fields);
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.json()
    };
    assert_eq!(
        name(&one, &[]),
        json!({"name": "a.png", "subfolder": "", "type": "input"})
    );
    assert_eq!(name(&one, &[])["name"], "a.png");
    assert_eq!(name(&other, &[])["name"], "a (1).png");
    assert_eq!(name(&other, &[])["name"], "a (1).png");
    assert_eq!(name(&other, &[("overwrite", "true")])["name"], "a.png");
    assert_eq!(bench.get("/view?filename=a.png&type=input").body, other);
    assert_eq!(
        name(&one, &[("subfolder", "album"), ("type", "temp")]),
        json!({"name": "a.png", "subfolder": "album", "type": "temp"})
    );
    let view = "/view?filename=a.png&subfolder=album&type=temp";
    assert_eq!(bench.get(view).body, one);
}

#[test]
fn a_form_without_a_photo_is_refused_by_name() {
    let bench = Bench::new();
    let form =
        b"--x\r\nContent-Disposition: form-data; name=\"overwrite\"\r\n\r\ntrue\r\n--x--\r\n";
    let answer = bench.post_bytes("/upload/image", "multipart/form-data; boundary=x", form);
    assert_eq!(answer.status, 400);
    assert!(
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("\"image\"")
    );
    let answer = bench.post_bytes("/upload/image", "text/plain", b"hello");
    assert_eq!(answer.status, 400);
    let answer = bench.upload("a.png", b"x", &[("type", "secret")]);
    assert_eq!(answer.status, 400);
}

#[test]
fn a_photo_comes_back_as_it_was_and_as_a_thumbnail() {
    let bench = Bench::new();
    let large = photo(1000, 500);
    bench.upload("large.png", &large, &[]);
    let whole = bench.get("/api/view?filename=large.png&type=input");
    assert_eq!(
        (whole.status, whole.content_type.as_str()),
        (200, "image/png")
    );
    assert_eq!(whole.body, large);
    for (preview, kind) in [("webp;90", "image/webp"), ("jpeg;80", "image/jpeg")] {
        let path = format!("/view?filename=large.png&type=input&preview={preview}");
        for _ in 0..2 {
            let small = bench.get(&path);
            assert_eq!((small.status, small.content_type.as_str()), (200, kind));
            let picture = image::load_from_memory(&small.body).unwrap();
            assert_eq!((picture.width(), picture.height()), (512, 256));
        }
    }
}

#[test]
fn a_rendition_is_as_large_and_as_colorful_as_it_was_asked_to_be() {
    let bench = Bench::new();
    let red = image::RgbImage::from_pixel(900, 600, image::Rgb([180, 60, 50]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    red.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bench.upload("red.png", &bytes.into_inner(), &[]);
    let rendition = |more: &str| {
        let path = format!("/view?filename=red.png&type=input&preview=webp{more}");
        image::load_from_memory(&bench.get(&path).body)
            .unwrap()
            .to_rgb8()
    };
    for (more, size) in [
        ("", (512, 341)),
        ("&size=300", (300, 200)),
        ("&size=0", (900, 600)),
        ("&size=5000", (900, 600)),
    ] {
        assert_eq!(rendition(more).dimensions(), size, "{more}");
    }
    let spread = |more: &str| {
        let [r, _, b] = rendition(more).get_pixel(5, 5).0;
        r.abs_diff(b)
    };
    assert_eq!(spread(""), 130);
    assert!(spread("&strength=0") <= 1);
    assert!(spread("&strength=0.5") < 100);
    // What is out of range is brought into it, and what is no number is refused.
    assert_eq!(spread("&strength=-7"), spread("&strength=0"));
    let bad = bench.get("/view?filename=red.png&type=input&preview=webp&strength=red");
    assert_eq!(bad.status, 400);
}

#[test]
fn what_is_no_picture_has_no_thumbnail_and_is_only_ever_downloaded() {
    let bench = Bench::new();
    let page = b"<script>alert(1)</script>";
    for name in ["page.html", "code.js", "style.css", "drawing.svg"] {
        bench.upload(name, page, &[]);
        let answer = bench.get(&format!("/view?filename={name}&type=input"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.content_type, "application/octet-stream", "{name}");
    }
    let answer = bench.get("/view?filename=page.html&type=input&preview=webp");
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["error"]["extra_info"]["code"],
        "IMAGE_UNSUPPORTED"
    );
}

#[test]
fn what_is_not_there_is_not_found() {
    let bench = Bench::new();
    assert_eq!(bench.get("/view?filename=none.png&type=input").status, 404);
    assert_eq!(
        bench.get("/view?filename=none.png&type=nowhere").status,
        404
    );
}
