// Calls a running sandbox with openapi-fetch and the types that openapi-typescript generates, and checks the decoded values.
//
// `cargo xtask check clients` starts the sandbox and passes its address and its key.

import { deepStrictEqual as equal, ok as check } from "node:assert";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./talkable";

const [address, key] = process.argv.slice(2);
const site_slug = "my-store";
const uuid = "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0bb1";
const [advocate, friend, member] = ["advocate@example.com", "friend@example.com", "jane@example.com"];

const called = new Set<string>();
const recorder: Middleware = {
  onResponse({ request, schemaPath, response }) {
    if (response.ok) called.add(`${request.method} ${schemaPath}`);
  },
};

function connect(key: string | undefined) {
  const client = createClient<paths>({ baseUrl: address, headers: { authorization: `Bearer ${key}` } });
  client.use(recorder);
  return client;
}

const talkable = connect(key);

/** Returns the result of a call that succeeds. */
async function result<R>(call: Promise<{ data?: { ok: boolean; result?: R }; error?: unknown }>): Promise<R> {
  const { data, error } = await call;
  check(data?.ok, `the call failed: ${JSON.stringify(error)}`);
  return data.result as R;
}

type Failure = { error?: components["schemas"]["ErrorResponse"]; response: Response };

/** Checks that a call fails with a status and with a message that contains the given text. */
async function fails(status: number, message: string, call: Promise<Failure>) {
  const { error, response } = await call;
  equal([response.status, error?.ok], [status, false]);
  check(error?.error_message?.includes(message), `the message is ${error?.error_message}`);
}

const query = { site_slug };
const of = (person_slug: string) => ({ params: { path: { person_slug }, query } });
const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

async function purchase(email: string, order_number: string, data: Partial<components["schemas"]["NewPurchase"]> = {}) {
  const created = await result(
    talkable.POST("/api/v2/origins/purchase", { body: { site_slug, data: { email, order_number, subtotal: 99.95, ...data } } }),
  );
  equal([created.origin.email, created.origin.order_number, created.origin.subtotal], [email, order_number, 99.95]);
  return created;
}

async function readTheSite() {
  const { campaigns } = await result(talkable.GET("/api/v2/campaigns", { params: { query } }));
  const live = campaigns?.find((campaign) => campaign.name === "Give 10%, get $10");
  equal([live?.is_active, live?.tag_names, live?.origin_max_age], [true, ["default"], null]);
  equal(live?.live_period?.ends_at, null);
  const sources = await result(talkable.GET("/api/v2/traffic_sources", { params: { query } }));
  equal(sources.map((source) => source.identifier), ["api", "email", "homepage", "post_purchase"]);
  const file = new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "logo.svg", { type: "image/svg+xml" });
  const { asset } = await result(
    talkable.POST("/api/v2/assets", {
      params: { query },
      body: { file: "" },
      bodySerializer() {
        const form = new FormData();
        form.append("file", file);
        return form;
      },
    }),
  );
  equal([asset.name, asset.width], ["logo.svg", null]);
  const found = await result(talkable.GET("/api/v2/assets/{id}", { params: { path: { id: asset.id }, query } }));
  equal(found.asset, asset);
  const week = { ...query, start_date: day(6), end_date: day(0) };
  const path = { metric: "sharing_rate" };
  const filters = { "sharing_channels[]": ["email", "sms"], precision: 1 };
  const metric = await result(talkable.GET("/api/v2/metrics/{metric}", { params: { path, query: { ...week, ...filters } } }));
  equal([metric.formatted, metric.plain], ["0.0%", 0]);
  const { segmented } = await result(
    talkable.GET("/api/v2/metrics/{metric}/segmentize", { params: { path, query: { ...week, "segment_by[period]": "day" } } }),
  );
  equal([segmented?.length, segmented?.[0]?.formatted], [7, "0.00%"]);
}

async function createOrigins() {
  const visitor = await result(talkable.POST("/api/v2/visitors", { body: { site_slug, data: { uuid } } }));
  equal(visitor.uuid, uuid);
  const items = [{ price: 9.5, quantity: 2, product_id: "sku" }];
  const created = await purchase(advocate, "1", { first_name: "Ada", uuid, items, campaign_tags: "default" });
  equal([created.origin.refunded_at, created.offer?.coupon_code, created.offer?.campaign_tags], [null, null, ["default"]]);
  const reward = created.offer?.incentives?.advocate_reward;
  equal([reward?.amount, reward?.percentage, reward?.criteria_config?.subtotal_min], [10, false, 10]);
  const event = { email: advocate, event_category: "signup", event_number: "2", subtotal: 0 };
  const signedUp = await result(talkable.POST("/api/v2/origins/event", { body: { site_slug, data: event } }));
  equal(signedUp.origin.event_number, "2");
  const newcomer = { email: advocate };
  const joined = await result(talkable.POST("/api/v2/origins/affiliate_member", { body: { site_slug, data: newcomer } }));
  equal(joined.origin.email, advocate);
  const data = { email: advocate, order_number: "3", subtotal: 10.5 };
  const ordered = await result(talkable.POST("/api/v2/origins", { body: { site_slug, type: "Purchase", data } }));
  equal(ordered.origin.subtotal, 10.5);
  await result(talkable.POST("/api/v2/origins/batch/purchases", { body: { site_slug, data: [{ ...data, order_number: "4" }] } }));
  const params = { path: { origin_slug: "3" } };
  const refund = await result(
    talkable.POST("/api/v2/origins/{origin_slug}/refund", { params, body: { site_slug, data: { refund_subtotal: 5 } } }),
  );
  equal([refund.origin.refund_subtotal, refund.origin.partially_refunded], [5, true]);
}

async function shareAndRefer() {
  const { offer } = await purchase(advocate, "6", { campaign_tags: "default" });
  check(offer);
  const path = { short_url_code: offer.short_url_code };
  const found = await result(talkable.GET("/api/v2/offers/{short_url_code}", { params: { path, query } }));
  equal([found.offer.email, found.offer.show_url], [advocate, offer.show_url]);
  const claim_url = offer.claim_url;
  const link = await result(
    talkable.GET("/api/v2/offers/{short_url_code}/claim_url_status", { params: { path, query: { ...query, claim_url } } }),
  );
  equal(link.active, true);
  const body = { site_slug, channel: "facebook" } as const;
  const { share } = await result(talkable.POST("/api/v2/offers/{short_url_code}/shares/social", { params: { path }, body }));
  equal([share.campaign?.name, share.offer?.id], ["Give 10%, get $10", offer.id]);
  const { shares } = await result(talkable.GET("/api/v2/people/{person_slug}/shares_by", of(advocate)));
  check(shares?.some((one) => one.id === share.id));
  const claimed = await result(
    talkable.POST("/api/v2/offer_claims", { params: { query: { ...query, advocate_email: advocate, friend_email: friend } } }),
  );
  equal([claimed.friend_unredeem_reason, claimed.friend_reward?.coupon?.used], [null, false]);
  const code = claimed.friend_reward?.coupon_code ?? "";
  const coupon = await result(talkable.GET("/api/v2/coupons/{code}", { params: { path: { code }, query } }));
  equal(coupon.coupon, claimed.friend_reward?.coupon);
  await purchase(friend, "7", { coupon_codes: [code] });
  const { referrals } = await result(talkable.GET("/api/v2/people/{person_slug}/referrals_as_advocate", of(advocate)));
  const friends = referrals?.map(({ friend_person, status }) => [friend_person?.email, friend_person?.last_name, status]);
  equal(friends, [[friend, null, "pending"]]);
  const mirrored = await result(talkable.GET("/api/v2/people/{person_slug}/referrals_as_friend", of(friend)));
  equal(mirrored.referrals, referrals);
  const params = { path: { origin_slug: "7" } };
  const approved = await result(
    talkable.PUT("/api/v2/origins/{origin_slug}/referral", { params, body: { site_slug, data: { status: "approved" } } }),
  );
  equal(approved?.referral?.status, "approved");
  const { rewards } = await result(talkable.GET("/api/v2/people/{person_slug}/rewards", of(advocate)));
  const reward = rewards?.find((one) => one.reason === "referrer");
  equal([reward?.amount, reward?.coupon, reward?.incentive_type], [10, null, "rebate"]);
}

async function collectPoints() {
  const path = { email: member };
  const params = { path, query };
  const { loyalty_member } = await result(talkable.GET("/api/v2/loyalty/members/{email}", { params }));
  equal(loyalty_member.points_balance, 250);
  const data = { points: -50, description: "Correction" };
  const adjusted = await result(
    talkable.POST("/api/v2/loyalty/members/{email}/manual_adjustment_actions", { params: { path }, body: { site_slug, data } }),
  );
  equal([adjusted.loyalty_member.points_balance, adjusted.action?.coupon], [200, null]);
  const batches = await result(talkable.GET("/api/v2/loyalty/members/{email}/redemption_batches", { params }));
  const batch = batches.redemption_batches?.[0];
  equal([batch?.points_cost, batch?.coupon_list?.amount, batch?.coupon_list?.expires_at], [100, 5, null]);
  const body = { site_slug, data: { redemption_batch_id: 1 } };
  const redeemed = await result(talkable.POST("/api/v2/loyalty/members/{email}/redeem_actions", { params: { path }, body }));
  equal([redeemed.action.points, redeemed.action.coupon?.amount], [-100, 5]);
  const { actions } = await result(talkable.GET("/api/v2/loyalty/members/{email}/redeem_actions", { params }));
  equal(actions, [redeemed.action]);
}

async function editPeople() {
  const { person } = await result(talkable.GET("/api/v2/people/{person_slug}", of(advocate)));
  equal([person.first_name, person.last_name, person.referral_counts?.approved], ["Ada", null, 1]);
  const params = { path: { person_slug: advocate } };
  const data = { last_name: "Lovelace", custom_properties: { color: "green" } };
  const updated = await result(talkable.PUT("/api/v2/people/{person_slug}", { params, body: { site_slug, data } }));
  equal([updated.person.last_name, updated.person.custom_properties], ["Lovelace", { color: "green" }]);
  const personal = await result(talkable.GET("/api/v2/people/{person_slug}/personal_data", of(advocate)));
  equal([personal.person.last_name, personal.person.phone_number], ["Lovelace", null]);
  const anonymized = await result(talkable.POST("/api/v2/people/{person_slug}/anonymize", { params, body: { site_slug } }));
  equal(anonymized.person.first_name, null);
}

await fails(400, "No person found", talkable.GET("/api/v2/people/{person_slug}", of("unknown@example.com")));
await fails(401, "key", connect("wrong").GET("/api/v2/campaigns", { params: { query } }));
for (const part of [readTheSite, createOrigins, shareAndRefer, collectPoints, editPeople]) await part();
console.log(`called ${called.size} operations with the TypeScript client`);
// This number shows that no part was left out.
equal(called.size, 32);
