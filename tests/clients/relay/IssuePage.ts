import { graphql } from "relay-runtime";

export const query = graphql`
  query IssuePageQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ...IssuePage_issue @alias(as: "issue")
    }
  }
`;

export const issue = graphql`
  fragment IssuePage_issue on Issue {
    code
    title
    place
    level
    stage
    openedAt
    dueAt
    closedAt
    allowedActions {
      action
      allowed
      reason {
        code
        message
      }
      assignment {
        id
      }
    }
    assignments {
      id
      status
      department {
        nameZh
      }
    }
    duties {
      id
      kind
      status
      dueAt
    }
    ...IssuePage_timeline
  }
`;

export const timeline = graphql`
  fragment IssuePage_timeline on Issue
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 10 }
    after: { type: "String" }
  )
  @refetchable(queryName: "IssuePageTimelineQuery") {
    timeline(first: $first, after: $after)
      @connection(key: "IssuePage_timeline") {
      edges {
        node {
          id
          kindLabel
          at
          note
          data
        }
      }
    }
  }
`;
