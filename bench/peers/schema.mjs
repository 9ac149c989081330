// What Mercurius is asked in, either way.
export const schema = /* GraphQL */ `
  type Street { id: ID! code: String! nameZh: String! nameEn: String! communities: [Community!]! }
  type Community { id: ID! nameZh: String! openCount: Int! overdueCount: Int! }
  type Grid { id: ID! code: String! }
  type Department { id: ID! nameZh: String! }
  type TimelineEntry { id: ID! kind: String! at: String! note: String }
  type Evidence { id: ID! kind: String! contentType: String! announcedAt: String! }
  type Issue {
    id: ID! code: String! title: String! place: String! level: String! stage: String! source: String!
    openedAt: String! dueAt: String closedAt: String
    street: Street! community: Community grid: Grid department: Department
    timeline: [TimelineEntry!]! evidence: [Evidence!]!
  }
  type Query {
    handled(street: ID!): [Issue!]!
    issue(id: ID!): Issue
    streets: [Street!]!
    street(id: ID!): Street
    issues(district: ID!): [Issue!]!
  }
`;
