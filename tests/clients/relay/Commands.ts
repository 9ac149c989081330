import { graphql } from "relay-runtime";

export const assess = graphql`
  mutation CommandsAssessMutation($input: AssessIssueInput!) {
    assessIssue(input: $input) {
      __typename
      ... on IssueAssessed {
        issue {
          id
          ...Board_issue
        }
      }
      ...Commands_problem @alias(as: "problem")
    }
  }
`;

export const call = graphql`
  mutation CommandsCallMutation($input: CallDepartmentInput!) {
    callDepartment(input: $input) {
      __typename
      ... on DepartmentCalled {
        call {
          id
          demand
        }
        assignment {
          id
          status
        }
        issue {
          id
          ...Board_issue
        }
      }
      ...Commands_problem @alias(as: "problem")
    }
  }
`;

export const accept = graphql`
  mutation CommandsAcceptMutation($input: AssignmentInput!) {
    acceptAssignment(input: $input) {
      ... on AssignmentAccepted {
        issue {
          id
          ...Board_issue
        }
      }
      ...Commands_problem @alias(as: "problem")
    }
  }
`;

export const problem = graphql`
  fragment Commands_problem on Problem {
    __typename
    code
    message
    field
    ... on WrongStageProblem {
      found
      expected
    }
  }
`;
