//! Tests of `/api/articles`.

use fw_testing::prelude::*;

use crate::conduit::Client;

fn slugs(list: &Value) -> Vec<&str> {
    let articles = list["articles"].as_array().expect("a list");
    articles
        .iter()
        .filter_map(|article| article["slug"].as_str())
        .collect()
}

#[tokio::test]
async fn an_article_is_published_changed_and_deleted() {
    let client = Client::anonymous().await;
    let (ada, grace) = (client.register("ada").await, client.register("grace").await);
    let path = format!(
        "/articles/{}",
        ada.publish("On Engines!", &["steam", "cards", "steam"])
            .await
    );
    assert_eq!(path, "/articles/on-engines");
    let created = client.get(&path).await.ok(200)["article"].take();
    assert_eq!(created["tagList"], json!(["steam", "cards"]));
    assert_eq!(created["author"]["username"], "ada");

    let change = |change: Value| json!({ "article": change });
    grace
        .put(&path, change(json!({ "body": "Mine" })))
        .await
        .refused(403, "article", "forbidden");
    grace
        .delete(&path)
        .await
        .refused(403, "article", "forbidden");
    let changed = ada
        .put(&path, change(json!({ "body": "More" })))
        .await
        .ok(200)["article"]
        .take();
    assert_eq!(
        (&changed["slug"], &changed["body"]),
        (&json!("on-engines"), &json!("More"))
    );
    assert_eq!(
        (&changed["tagList"], &changed["createdAt"]),
        (&created["tagList"], &created["createdAt"])
    );
    assert_ne!(changed["updatedAt"], created["updatedAt"]);
    ada.put(&path, change(json!({ "tagList": null })))
        .await
        .refused(422, "tagList", "can't be blank");
    let moved = change(json!({ "title": "On Looms", "tagList": [] }));
    let moved = ada.put(&path, moved).await.ok(200)["article"].take();
    assert_eq!(
        (&moved["slug"], &moved["tagList"]),
        (&json!("on-looms"), &json!([]))
    );
    client.get(&path).await.refused(404, "article", "not found");

    ada.post("/articles/on-looms/favorite", json!({}))
        .await
        .ok(200);
    ada.post(
        "/articles/on-looms/comments",
        json!({ "comment": { "body": "Mine" } }),
    )
    .await
    .ok(201);
    assert_eq!(ada.delete("/articles/on-looms").await.ok(204), Value::Null);
    ada.delete("/articles/on-looms")
        .await
        .refused(404, "article", "not found");
    ada.put("/articles/on-looms", change(json!({})))
        .await
        .refused(404, "article", "not found");
}

#[tokio::test]
async fn each_article_has_a_slug_of_its_own() {
    let ada = Client::anonymous().await.register("ada").await;
    let same = || ada.publish("Engines", &[]);
    let (first, second, third) = tokio::join!(same(), same(), same());
    let mut all = [&*first, &*second, &*third];
    all.sort_unstable();
    assert_eq!(all[0], "engines");
    assert!(
        all[1].starts_with("engines-") && all[1] != all[2],
        "{all:?}"
    );
    // The feed is at `/articles/feed`.
    let feed = ada.publish("Feed", &[]).await;
    assert!(feed.starts_with("feed-"), "{feed}");
    assert_eq!(ada.publish("Γειά σου", &[]).await, "γειά-σου");
    let odd = ada.publish("?!", &[]).await;
    ada.get(&format!("/articles/{odd}")).await.ok(200);
    let renamed = json!({ "article": { "title": "Engines" } });
    let renamed = ada.put(&format!("/articles/{odd}"), renamed).await.ok(200);
    assert!(
        renamed["article"]["slug"]
            .as_str()
            .is_some_and(|slug| slug.starts_with("engines-"))
    );
}

#[tokio::test]
async fn an_article_names_what_is_missing() {
    let ada = Client::anonymous().await.register("ada").await;
    let slug = ada.publish("Engines", &[]).await;
    for field in ["title", "description", "body"] {
        for value in [json!(""), json!(null)] {
            let mut article = json!({ "title": "Looms", "description": "About", "body": "All" });
            article[field] = value.clone();
            let refused = ada.post("/articles", json!({ "article": article })).await;
            refused.refused(422, field, "can't be blank");
            let change = json!({ "article": { field: value } });
            let refused = ada.put(&format!("/articles/{slug}"), change).await;
            refused.refused(422, field, "can't be blank");
        }
    }
    ada.get("/articles?limit=0")
        .await
        .refused(422, "limit", "must be at least 1");
    assert!(ada.get("/articles?offset=-1").await.ok(422)["errors"]["offset"].is_array());
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let client = Client::anonymous().await;
    let (ada, grace) = (client.register("ada").await, client.register("grace").await);
    for (who, title, tag) in [
        (&ada, "a", "odd"),
        (&grace, "b", "even"),
        (&ada, "c", "odd"),
    ] {
        who.publish(title, &[tag]).await;
    }
    grace.post("/articles/a/favorite", json!({})).await.ok(200);
    for (query, expected) in [
        ("", &["c", "b", "a"][..]),
        ("?tag=odd", &["c", "a"]),
        ("?author=grace", &["b"]),
        ("?favorited=grace", &["a"]),
        ("?author=ada&favorited=grace&tag=odd", &["a"]),
        ("?author=none", &[]),
        ("?offset=3", &[]),
    ] {
        let list = client.get(&format!("/articles{query}")).await.ok(200);
        assert_eq!(slugs(&list), expected, "{query}");
    }
    let page = client.get("/articles?limit=1&offset=1").await.ok(200);
    assert_eq!(
        (slugs(&page), &page["articlesCount"]),
        (vec!["b"], &json!(3))
    );
    assert_eq!(page["articles"][0].get("body"), None);
}

#[tokio::test]
async fn the_feed_has_the_articles_of_those_who_are_followed() {
    let client = Client::anonymous().await;
    let (ada, grace) = (client.register("ada").await, client.register("grace").await);
    ada.publish("a", &[]).await;
    grace.publish("b", &[]).await;
    assert_eq!(ada.get("/articles/feed").await.ok(200)["articlesCount"], 0);
    ada.post("/profiles/grace/follow", json!({})).await.ok(200);
    let feed = ada.get("/articles/feed").await.ok(200);
    assert_eq!(
        (slugs(&feed), &feed["articlesCount"]),
        (vec!["b"], &json!(1))
    );
    assert_eq!(feed["articles"][0]["author"]["following"], true);
}

#[tokio::test]
async fn favourites_are_counted() {
    let client = Client::anonymous().await;
    let (ada, grace) = (client.register("ada").await, client.register("grace").await);
    let path = format!("/articles/{}", ada.publish("Engines", &[]).await);
    let state = |body: &Value| {
        body["article"]["favoritesCount"]
            .as_i64()
            .zip(body["article"]["favorited"].as_bool())
    };
    let favorite = format!("{path}/favorite");
    ada.post(&favorite, json!({})).await.ok(200);
    for _ in 0..2 {
        let body = grace.post(&favorite, json!({})).await.ok(200);
        assert_eq!(state(&body), Some((2, true)));
    }
    assert_eq!(state(&client.get(&path).await.ok(200)), Some((2, false)));
    for _ in 0..2 {
        let body = grace.delete(&favorite).await.ok(200);
        assert_eq!(state(&body), Some((1, false)));
    }
    let none = "/articles/none/favorite";
    ada.post(none, json!({}))
        .await
        .refused(404, "article", "not found");
    ada.delete(none).await.refused(404, "article", "not found");
}
