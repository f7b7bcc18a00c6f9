//! Importing, checking, removing.

use std::fs;

use tintype_protocol::models::ModelState;
use tintype_zoo::Error;

use crate::place::{Place, checkpoint};

fn place() -> Place {
    Place::with_sources(&checkpoint(), &["http://127.0.0.1:1/micro.pth"])
}

#[test]
fn a_published_file_is_known_by_its_content_whatever_it_is_called() {
    let place = place();
    let file = place.folder.path().join("pytorch_model (3).bin");
    fs::write(&file, checkpoint()).unwrap();
    let imported = place.zoo.import(&file).unwrap();
    assert_eq!(imported.id, "micro");
    assert!(imported.is_published);
    assert_eq!(imported.origin, file.display().to_string());
    assert_eq!(place.model("micro").state, ModelState::Installed);
    // The user's own file stays as it was.
    assert_eq!(fs::read(&file).unwrap(), checkpoint());
}

#[test]
fn a_checkpoint_of_ones_own_gets_its_name_and_importing_it_twice_makes_one_model() {
    let place = Place::with_catalogue("");
    let file = place.folder.path().join("my net.pt");
    fs::write(&file, checkpoint()).unwrap();
    let imported = place.zoo.import(&file).unwrap();
    assert_eq!(imported.id, "my-net");
    assert!(!imported.is_published);
    assert_eq!(imported.architecture, "16/32/48/64 × 3/3/9/3");
    assert!(imported.parameters > 100_000);
    let again = place.folder.path().join("again.pth");
    fs::rename(&file, &again).unwrap();
    assert_eq!(place.zoo.import(&again).unwrap().id, "my-net");
    assert_eq!(place.zoo.models().len(), 2);
    // What was converted here can be imported elsewhere.
    let elsewhere = Place::with_catalogue("");
    let converted = place.models_folder().join("my-net.safetensors");
    assert_eq!(elsewhere.zoo.import(&converted).unwrap().id, "my-net");
}

#[test]
fn what_is_no_ddcolor_says_what_it_is_and_leaves_nothing() {
    let place = place();
    for (name, content) in [
        ("photo.pth", &b"\xff\xd8\xff\xe0 a photo"[..]),
        ("empty.safetensors", b""),
        ("text.bin", b"hello"),
    ] {
        let file = place.folder.path().join(name);
        fs::write(&file, content).unwrap();
        let refused = place.zoo.import(&file);
        assert!(
            matches!(refused, Err(Error::Checkpoint(_))),
            "{name}: {refused:?}"
        );
    }
    let missing = place.zoo.import(&place.folder.path().join("nothing.pth"));
    assert!(
        matches!(missing, Err(Error::NoSuchFile { .. })),
        "{missing:?}"
    );
    assert_eq!(place.files(), [""; 0]);
}

fn with_an_import() -> Place {
    let place = place();
    let file = place.folder.path().join("a.pth");
    fs::write(&file, checkpoint()).unwrap();
    place.zoo.import(&file).unwrap();
    place
}

#[test]
fn a_sound_model_is_found_sound_and_a_copied_one_too() {
    let place = with_an_import();
    place.zoo.verify("micro").unwrap();
    // Restored from a backup: the same bytes at another time.
    let path = place.models_folder().join("micro.safetensors");
    let bytes = fs::read(&path).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&path, bytes).unwrap();
    let store = place.zoo.store();
    store.open(&store.find("micro").unwrap()).unwrap();
    assert_eq!(place.model("micro").state, ModelState::Installed);
}

#[test]
fn a_damaged_model_is_found_at_load_set_aside_and_can_be_had_again() {
    let place = with_an_import();
    let path = place.models_folder().join("micro.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&path, &bytes).unwrap();
    let store = place.zoo.store();
    let error = store.open(&store.find("micro").unwrap()).unwrap_err();
    let Error::Damaged { kept, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(fs::read(kept).unwrap(), bytes);
    assert_eq!(place.model("micro").state, ModelState::Damaged);
    assert!(store.find("micro").is_err());
    let file = place.folder.path().join("a.pth");
    place.zoo.import(&file).unwrap();
    assert_eq!(place.files(), ["micro.json", "micro.safetensors"]);
}

#[test]
fn damage_that_left_time_and_length_alone_is_found_by_checking() {
    let place = with_an_import();
    let path = place.models_folder().join("micro.safetensors");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(before).unwrap();
    drop(file);
    let error = place.zoo.verify("micro").unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert_eq!(place.model("micro").state, ModelState::Damaged);
}

#[test]
fn a_damaged_model_of_ones_own_is_still_listed_and_can_be_removed() {
    let place = Place::with_catalogue("");
    let file = place.folder.path().join("own.pth");
    fs::write(&file, checkpoint()).unwrap();
    place.zoo.import(&file).unwrap();
    let path = place.models_folder().join("own.safetensors");
    fs::write(&path, b"damaged").unwrap();
    assert!(place.zoo.verify("own").is_err());
    assert_eq!(place.model("own").state, ModelState::Damaged);
    place.zoo.remove("own").unwrap();
    assert_eq!(place.zoo.models().len(), 1);
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_file_put_there_by_hand_is_used_and_never_moved() {
    let place = place();
    fs::create_dir_all(place.models_folder()).unwrap();
    let path = place.models_folder().join("own.pth");
    fs::write(&path, b"damaged").unwrap();
    let store = place.zoo.store();
    assert!(store.open(&store.find("own").unwrap()).is_err());
    assert!(place.zoo.verify("own").is_err());
    assert!(path.is_file());
    fs::write(&path, checkpoint()).unwrap();
    place.zoo.verify("own").unwrap();
}

#[test]
fn removing_takes_all_that_belongs_to_a_model_and_nothing_else() {
    let place = with_an_import();
    let own = place.models_folder().join("own.pth");
    fs::write(&own, checkpoint()).unwrap();
    place.zoo.remove("micro").unwrap();
    assert_eq!(place.files(), ["own.pth"]);
    let store = place.zoo.store();
    store.open(&store.find("own").unwrap()).unwrap();
    let converted = place.folder.path().join("converted");
    assert_eq!(fs::read_dir(&converted).unwrap().count(), 1);
    place.zoo.remove("own").unwrap();
    assert_eq!(fs::read_dir(&converted).unwrap().count(), 0);
    assert!(matches!(
        place.zoo.remove("own"),
        Err(Error::UnknownModel { .. })
    ));
    assert!(matches!(place.zoo.remove("starter"), Err(Error::Bundled)));
}

#[test]
fn a_name_that_is_a_path_removes_nothing() {
    let place = with_an_import();
    let outside = place.folder.path().join("precious.safetensors");
    fs::write(&outside, b"mine").unwrap();
    let absolute = place.folder.path().join("precious");
    for id in [
        absolute.to_str().unwrap(),
        "../precious",
        "../../precious",
        "damaged/../../precious",
    ] {
        assert!(place.zoo.remove(id).is_err(), "{id}");
        assert!(place.zoo.verify(id).is_err(), "{id}");
        assert!(!place.zoo.cancel(id), "{id}");
    }
    assert_eq!(fs::read(&outside).unwrap(), b"mine");
}

#[test]
fn a_users_own_file_beside_an_installed_model_of_its_name_is_left_alone() {
    let place = with_an_import();
    let own = place.models_folder().join("micro.pth");
    fs::write(&own, checkpoint()).unwrap();
    let store = place.zoo.store();
    store.open(&store.find("micro.pth").unwrap()).unwrap();
    store
        .open(&tintype_zoo::ModelSource::File(own.clone()))
        .unwrap();
    assert_eq!(place.zoo.models().len(), 2);
    place.zoo.verify("micro").unwrap();
    place.zoo.remove("micro").unwrap();
    assert_eq!(place.files(), ["micro.pth"]);
    // A copy elsewhere is not the installed one either, whatever lies beside it.
    let place = with_an_import();
    let backup = place.folder.path().join("micro.safetensors");
    fs::copy(
        place.models_folder().join("micro.json"),
        place.folder.path().join("micro.json"),
    )
    .unwrap();
    fs::write(&backup, b"damaged").unwrap();
    assert!(
        place
            .zoo
            .store()
            .open(&tintype_zoo::ModelSource::File(backup.clone()))
            .is_err()
    );
    assert!(backup.is_file());
}

#[test]
fn names_that_differ_in_case_alone_are_one_on_some_systems() {
    let place = Place::with_catalogue("");
    let first = place.folder.path().join("Mine.pth");
    fs::write(&first, checkpoint()).unwrap();
    place.zoo.import(&first).unwrap();
    // Another file of nearly the same name.
    let mut other = checkpoint();
    other.extend(b"x");
    let second = place.folder.path().join("mine.pth");
    fs::write(&second, &other).unwrap();
    match place.zoo.import(&second) {
        Ok(model) => assert_eq!(model.id, "mine-2"),
        Err(error) => assert!(matches!(error, Error::Checkpoint(_)), "{error:?}"),
    }
}
