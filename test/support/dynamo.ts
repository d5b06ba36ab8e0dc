/** DynamoDB as far as Powertools' idempotency uses it: one table, whose items are written if no other one has their key. */
import { createServer, type Server } from "node:http";
import { json } from "node:stream/consumers";

type Value = { readonly S?: string; readonly N?: string };
type Item = Record<string, Value>;
type Pairs<T> = Readonly<Record<string, T>>;

interface Call {
  readonly Item?: Item;
  readonly Key?: Item;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Pairs<string>;
  readonly ExpressionAttributeValues?: Pairs<Value>;
}

const keyOf = (item: Item | undefined): string => item?.id?.S ?? "";

export function dynamo(items: Map<string, Item>): Server {
  const answers: Pairs<(call: Call) => readonly [status: number, body: object]> = {
    PutItem({ Item = {} }) {
      const there = items.get(keyOf(Item));
      if (there)
        return [
          400,
          { __type: "ConditionalCheckFailedException", message: "The conditional request failed", Item: there },
        ];
      items.set(keyOf(Item), Item);
      return [200, {}];
    },
    GetItem: ({ Key }) => [200, { Item: items.get(keyOf(Key)) }],
    DeleteItem({ Key }) {
      items.delete(keyOf(Key));
      return [200, {}];
    },
    UpdateItem({
      Key,
      UpdateExpression = "",
      ExpressionAttributeNames: names = {},
      ExpressionAttributeValues: values = {},
    }) {
      const set = [...UpdateExpression.matchAll(/(#\w+) = (:\w+)/g)].map(([, name = "", value = ""]) => [
        names[name],
        values[value],
      ]);
      items.set(keyOf(Key), { ...items.get(keyOf(Key)), ...Object.fromEntries(set) });
      return [200, {}];
    },
  };
  return createServer(async (request, response) => {
    const [, action = ""] = `${request.headers["x-amz-target"]}`.split(".");
    const call = (await json(request)) as Call;
    const [status, body] = answers[action]?.(call) ?? [400, { __type: "UnknownOperationException" }];
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
  });
}
